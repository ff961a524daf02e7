// `jspg status`
import ArgumentParser
import FoundationEssentials
import Stack

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show where a stack's parts are and whether they run.",
        discussion: "Exits 1 where no stack runs, or a part of it does not.")

    @OptionGroup var state: StateOption

    func run() async throws {
        let path = state.path
        guard SupervisorFile(state: path).runningPid != nil else {
            throw CommandFailure("no stack runs in \(path); `jspg up` starts one")
        }
        guard let endpoints = Endpoints.read(state: path) else {
            if FileManager.default.fileExists(atPath: Endpoints.path(state: path)) {
                throw CommandFailure("\(Endpoints.path(state: path)) can't be read: the stack belongs to another user")
            }
            throw CommandFailure("the stack in \(path) is starting; its log is \(path)/log")
        }
        let parts = endpoints.pids.sorted { $0.key < $1.key }
        let down = parts.filter { !Endpoints.isRunning($0.value) }.map(\.key)
        CommandOutput.write(
            StackTable(
                endpoints: endpoints, state: path,
                heading: down.isEmpty ? "Everything is up:" : "Not everything is up:"
            ).text)
        for (name, pid) in parts {
            let state = down.contains(name) ? "is down and started again" : "process \(pid)"
            CommandOutput.write("  \(StackTable.padded(name, 26))\(state)")
        }
        guard down.isEmpty else {
            throw CommandFailure("\(down.joined(separator: ", ")) does not run: see \(path)/log")
        }
    }
}
