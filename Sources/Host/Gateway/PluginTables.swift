// The plugins' tables, as the gateway sees them.
import HTTP
import JSON
import Operations
package import PluginHost
import Settings
import Tables

/// A `TableSource` over the plugin host.
package struct PluginTables: TableSource {
    private let host: PluginHost

    package init(_ host: PluginHost) {
        self.host = host
    }

    package func table(named name: String) -> (any WritableTable)? {
        host.tables.table(name).map { PluginTable($0, faults: host.faults) }
    }

    package func start() async {
        _ = await host.start()
    }

    package func reload() async {
        _ = await host.reload()
    }

    package var summaries: [PluginSummary] {
        host.tables.all.map { table in
            PluginSummary(
                table: table.descriptor.name, name: table.plugin.name, version: table.plugin.version)
        }.sorted { $0.table < $1.table }
    }

    package var openAPI: [UInt8] {
        OpenAPIDocument.gateway(host.tables.all.map(\.descriptor), version: Release.version)
    }
}
