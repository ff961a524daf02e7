// `jspg down`
import ArgumentParser
import Glibc
import Stack

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Stop a stack: everything that `jspg up` started there, and nothing else.")

    @OptionGroup var state: StateOption

    func run() async throws {
        try await Self.stop(state.path)
    }

    /// Asks the supervisor to stop and waits until it has.
    static func stop(_ state: String) async throws {
        let file = SupervisorFile(state: state)
        guard let pid = file.runningPid else {
            CommandOutput.step("no stack runs in \(state)")
            return
        }
        if kill(pid, SIGTERM) != 0 && errno == EPERM {
            throw CommandFailure("the stack in \(state) (process \(pid)) belongs to another user: stop it as that one")
        }
        let deadline = ContinuousClock.now + .seconds(90)
        while file.runningPid == pid {
            guard ContinuousClock.now < deadline else {
                throw CommandFailure("the stack in \(state) (process \(pid)) has not stopped within 90 s")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        CommandOutput.step("stopped the stack in \(state)")
    }
}
