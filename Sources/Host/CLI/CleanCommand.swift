// `jspg clean`
import ArgumentParser
import FoundationEssentials
import Stack

struct CleanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Stop a stack and remove its state folder with all its data.")

    @OptionGroup var state: StateOption

    func run() async throws {
        let path = state.path
        guard FileManager.default.fileExists(atPath: path) else {
            CommandOutput.step("there is no \(path)")
            return
        }
        // A folder that no stack made must not be lost to a slip of the hand.
        let content = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let known: Set<String> = [
            "postgres", "nats", "redis", "nginx", "log", "plugins", "plugin-state", "supervisor.log", "supervisor.pid",
            "endpoints.json",
        ]
        if let other = content.first(where: { !known.contains($0) }) {
            throw CommandFailure("\(path) has \(other) in it, which no stack makes: nothing was removed")
        }
        try await DownCommand.stop(path)
        PostgresServer.removeData(of: "\(path)/postgres")
        NATSServer.removeStagedBatches(of: "\(path)/nats")
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw CommandFailure("\(path) can't be removed: \(error)")
        }
        CommandOutput.step("removed \(path)")
    }
}
