// What the read API says about itself.
import HTTP
import JSON
import JetStream
import PluginHost
import Redis
import Tables

/// Makes the report for `/health`.
struct ReadAPIHealth: Sendable {
    let redis: RedisConnections
    let database: DatabaseWatch
    let nats: NATSConnection
    let plugins: PluginHost
    let lag: CaptureLag

    /// Healthy while reads can be answered: PostgreSQL answers. Without Redis reads are slower, and without NATS a status
    /// is polled rather than waited for.
    func report() -> HealthReport {
        let isDatabaseThere = database.isAnswering
        var report = HealthReport(isHealthy: isDatabaseThere)
        if !isDatabaseThere {
            report.reason = "PostgreSQL does not answer; only what is cached can be read."
        } else if plugins.tables.mayLackTables {
            report.reason = "Not all plugins could be loaded; the log says why."
        } else if plugins.tables.all.isEmpty {
            report.reason = "No plugin is loaded, so there is no table to read."
        }
        report.add("redis") { $0.bool(redis.areConnected) }
        report.add("postgres") { $0.bool(isDatabaseThere) }
        report.add("nats") { $0.bool(nats.isConnected) }
        report.add("cdcLagMs") { writer in
            if let lag = lag.milliseconds { writer.number(lag) } else { writer.null() }
        }
        report.add("tables") { writer in
            writer.beginArray()
            for table in plugins.tables.all { writer.string(table.descriptor.name) }
            writer.endArray()
        }
        return report
    }
}
