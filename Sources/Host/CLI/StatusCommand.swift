// `jspg status`
import ArgumentParser
import Stack

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show where a stack's parts are and whether they run.")

    @OptionGroup var state: StateOption

    func run() async throws {
        let path = state.path
        guard SupervisorFile(state: path).runningPid != nil, let endpoints = Endpoints.read(state: path) else {
            throw CommandFailure("no stack runs in \(path); `jspg up` starts one")
        }
        CommandOutput.write(StackTable(endpoints: endpoints, state: path).text)
        for (name, pid) in endpoints.pids.sorted(by: { $0.key < $1.key }) {
            CommandOutput.write("  \(StackTable.padded(name, 26))process \(pid)")
        }
    }
}
