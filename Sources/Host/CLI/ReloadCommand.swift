// `jspg reload`
import ArgumentParser
import PluginHost
import Threads

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Have all hosts of this machine look at their plugin folder again.",
        discussion: """
            Sends SIGHUP to processors, then to gateways and read APIs, waits until each has looked and processors have \
            applied the migrations, and prints the outcome of each file. Exits 1 where a file is not in service as it lies \
            in the folder, or a migration failed; what was in service before stays.
            """)

    @OptionGroup var options: PluginOptions

    func run() async throws {
        try Self.show(try await HostReload(pluginState: options.pluginState).run())
    }

    /// Prints the outcomes, the same ones once.
    ///
    /// - Throws: where a host failed to load a file.
    static func show(_ hosts: [PluginHostFile]) throws {
        var table = TextTable(["host", "process", "file", "outcome"])
        var failures: [String] = []
        for host in hosts {
            for outcome in host.outcomes {
                table.add([host.host, String(host.process.pid), outcome.file, outcome.outcome])
                guard let reason = outcome.reason else { continue }
                let failure = "\(outcome.file): \(reason)"
                if !failures.contains(failure) { failures.append(failure) }
            }
            for table in host.tables {
                guard case .failed(let reason)? = table.setUp else { continue }
                let failure =
                    "\(table.file): the table \(table.name) could not be set up, which is tried again: \(reason)"
                if !failures.contains(failure) { failures.append(failure) }
            }
            if host.outcomes.isEmpty {
                table.add([host.host, String(host.process.pid), "(none)", "the plugin folder has no *.so file"])
            }
        }
        CommandOutput.write(table.text)
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
    }
}
