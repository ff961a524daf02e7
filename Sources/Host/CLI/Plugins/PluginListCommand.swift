// `jspg plugin list`
import ArgumentParser
import FoundationEssentials
import JSON
import Operations
import PluginHost
import Threads

struct PluginListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show which plugins each host has loaded, beside what lies in the folder.")

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var stateOption: StateOption
    @OptionGroup var hostsOption: PluginStateOption

    private struct Row {
        let host: PluginHostFile
        let table: PluginHostFile.Table
        let state: String
    }

    func run() async throws {
        let pluginState = try hostsOption.path(beside: stateOption)
        let hosts = try HostReload(pluginState: pluginState).requireHosts()
        let crashes = CrashFolder.history(under: pluginState)
        let rows = hosts.flatMap { host in
            host.tables.map { Row(host: host, table: $0, state: Self.state($0, of: host, crashes)) }
        }
        CommandOutput.write(json ? Self.document(rows) : Self.text(rows))
        for failure in Set(hosts.flatMap(\.refusals)).sorted() { CommandOutput.error(failure) }
    }

    /// Whether it is called, and how what is loaded compares with what lies in the folder.
    private static func state(
        _ table: PluginHostFile.Table, of host: PluginHostFile, _ crashes: CrashHistory
    ) -> String {
        if let until = crashes.quarantine(of: table.checksum, at: .now()) {
            return "quarantined until \(until) after \(crashes.records(of: table.checksum).count) crashes"
        }
        if table.isWaiting { return PluginHostFile.waiting }
        switch table.setUp {
        case .failed(let reason)?: return "could not be set up: \(reason)"
        case .underWay?: return "is being set up"
        case .done?, nil: break
        }
        guard let content = InstalledPlugins(folder: host.directory).content(table.file) else {
            return ForbiddenPath.reason("\(host.directory)/\(table.file)") ?? "its file is gone"
        }
        let checksum = PluginIdentity.hash(of: content)
        return checksum == table.checksum ? "as on disk" : "on disk is \(checksum.prefix(12))"
    }

    private static func text(_ rows: [Row]) -> String {
        var table = TextTable(["host", "process", "table", "plugin", "version", "generation", "loaded", "file"])
        for row in rows {
            table.add([
                row.host.host, String(row.host.process.pid), row.table.name, row.table.plugin, row.table.version,
                String(row.table.generation), String(row.table.checksum.prefix(12)), "\(row.table.file), \(row.state)",
            ])
        }
        return rows.isEmpty ? "No plugin is loaded." : table.text
    }

    private static func document(_ rows: [Row]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            writer.member("host", row.host.host)
            writer.member("pid", row.host.process.pid)
            writer.member("table", row.table.name)
            writer.member("plugin", row.table.plugin)
            writer.member("version", row.table.version)
            writer.member("generation", row.table.generation)
            writer.member("checksum", row.table.checksum)
            writer.member("file", row.table.file)
            writer.member("state", row.state)
            writer.endObject()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
