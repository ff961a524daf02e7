// The plugins' tables, as the gateway sees them.
import PluginHost
import Tables

/// The tables of the plugin host: those in service, and those that wait for their processors.
struct PluginTables: TableDirectory {
    private let host: PluginHost

    init(_ host: PluginHost) {
        self.host = host
    }

    func table(named name: String) -> (any WritableTable)? {
        let tables = host.tables
        if let table = tables.table(name) { return PluginTable(table, faults: host.faults) }
        return tables.waiting[name].map { PluginTable($0, faults: host.faults, isWaiting: true) }
    }

    var mayLackTables: Bool { host.tables.mayLackTables }

    /// The tables in service, by name.
    var summaries: [PluginSummary] {
        host.tables.all.map { table in
            PluginSummary(
                table: table.descriptor.name, name: table.plugin.name, version: table.plugin.version)
        }.sorted { $0.table < $1.table }
    }
}
