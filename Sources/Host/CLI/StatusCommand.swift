// `jspg status`
import ArgumentParser
import PluginHost
import Stack

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show where a stack's parts are and whether they run.",
        discussion: """
            Says which plugins are not in service, and why. Exits 1 where no stack runs, or a part of it does not.
            """)

    @OptionGroup var state: StateOption

    func run() async throws {
        let path = state.path
        let supervisor = SupervisorFile(state: path)
        guard supervisor.runningPid != nil else {
            throw CommandFailure(
                ForbiddenPath.reason(supervisor.path) ?? "no stack runs in \(path); `jspg up` starts one")
        }
        guard let endpoints = Endpoints.read(state: path) else {
            throw CommandFailure(
                ForbiddenPath.reason(Endpoints.path(state: path))
                    ?? "the stack in \(path) is starting; its log is \(path)/log")
        }
        let parts = endpoints.pids.sorted { $0.key < $1.key }
        let down = parts.filter { !Endpoints.isRunning($0.value) }.map(\.key)
        CommandOutput.write(StackTable.ofRunning(endpoints, state: path, isUp: down.isEmpty).text)
        for (name, pid) in parts {
            let state = down.contains(name) ? "is down and started again" : "process \(pid)"
            CommandOutput.write("  \(name.padded(to: 30))\(state)")
        }
        guard down.isEmpty else {
            throw CommandFailure("\(down.joined(separator: ", ")) does not run: see \(path)/log")
        }
    }
}
