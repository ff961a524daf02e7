// The plugins' tables, as the gateway sees them.
import HTTP
import JSON
package import JetStream
package import Logging
import Operations
package import PluginHost
import Rollout
package import ServiceLifecycle
import Settings
import Tables

/// A `TableSource` over the plugin host.
package struct PluginTables: TableSource {
    private let host: PluginHost

    package init(_ host: PluginHost) {
        self.host = host
    }

    package func table(named name: String) -> (any WritableTable)? {
        let tables = host.tables
        if let table = tables.table(name) { return PluginTable(table, faults: host.faults) }
        return tables.waiting[name].map { PluginTable($0, faults: host.faults, isWaiting: true) }
    }

    package func agreement(
        on jetStream: JetStream, server: JetStreamServer, replicas: Int, logger: Logger
    ) async throws -> (any Service)? {
        let host = host
        let service = try await RolloutService.prepare(
            jetStream, server: server, replicas: replicas, plugins: host, role: .gateway, logger: logger
        ) { host.tables.schemaVersions }
        host.onReload { service.versionsChanged() }
        return service
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
