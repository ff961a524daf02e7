// `jspg reload`
import ArgumentParser
import PluginHost
import Threads

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Have all hosts of this machine look at their plugin folder again.",
        discussion: """
            Sends SIGHUP to processors, then to gateways and read APIs, waits until each has looked and processors have \
            applied the migrations, and prints the outcome of each file. Exits 1 where a host refused a file, or a \
            migration failed; what was in service before stays. A table with a new schema version is loaded, and waits until \
            every processor, on any machine, has it: that is an outcome and no failure.
            """)

    @OptionGroup var state: StateOption
    @OptionGroup var hostsOption: PluginStateOption

    func run() async throws {
        try Self.show(try await HostReload(pluginState: try hostsOption.path(beside: state)).run())
    }

    /// Prints the outcomes, the same ones once.
    ///
    /// - Throws: where a host failed to load a file.
    static func show(_ hosts: [PluginHostFile]) throws {
        var table = TextTable(["host", "process", "file", "outcome"])
        for host in hosts {
            for outcome in host.outcomes {
                table.add([
                    host.host, String(host.process.pid), outcome.file,
                    PluginHostFile.text(of: outcome, among: host.tables),
                ])
            }
            if host.outcomes.isEmpty {
                table.add([host.host, String(host.process.pid), "(none)", "the plugin folder has no *.so file"])
            }
        }
        CommandOutput.write(table.text)
        let failures = PluginHostFile.failures(of: hosts)
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
    }
}
