// What the gateway says about itself.
package import HTTP
import JSON

/// Makes the report for `/health` from the state of the gate and the connection.
package struct GatewayHealth: Sendable {
    private let gate: WriteGate
    private let isConnected: @Sendable () -> Bool
    private let plugins: @Sendable () -> [PluginSummary]
    private let mayLackTables: @Sendable () -> Bool

    /// - Parameter mayLackTables: whether a plugin could not be loaded and nothing of it is in service.
    package init(
        gate: WriteGate, isConnected: @escaping @Sendable () -> Bool,
        plugins: @escaping @Sendable () -> [PluginSummary], mayLackTables: @escaping @Sendable () -> Bool
    ) {
        self.gate = gate
        self.isConnected = isConnected
        self.plugins = plugins
        self.mayLackTables = mayLackTables
    }

    package var report: HealthReport {
        let state = gate.state
        let isConnected = isConnected()
        let plugins = plugins()
        // Ready for the trial is ready: without a write there would never be one.
        var report = HealthReport(isHealthy: isConnected && state.takesWrites)
        if !isConnected {
            report.reason = "NATS is not connected."
        } else if !state.takesWrites {
            report.reason = "JetStream does not answer; the circuit is open."
        } else if mayLackTables() {
            report.reason = "Not all plugins could be loaded; the log says why."
            // Every write would be refused, and starting again mends nothing.
            if plugins.isEmpty { report.isReady = false }
        } else if plugins.isEmpty {
            report.reason = "No plugin is loaded, so there is no table to write to."
        }
        report.add("inFlight") { $0.number(state.inFlight) }
        report.add("maxInFlight") { $0.number(state.maximumInFlight) }
        report.add("circuitOpen") { $0.bool(state.isCircuitOpen) }
        report.add("consecutiveFailures") { $0.number(state.consecutiveFailures) }
        report.add("plugins") { writer in
            writer.beginArray()
            for plugin in plugins {
                writer.beginObject()
                writer.member("table", plugin.table)
                writer.member("plugin", plugin.name)
                writer.member("version", plugin.version)
                writer.endObject()
            }
            writer.endArray()
        }
        return report
    }
}
