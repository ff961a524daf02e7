// What a host counts about its plugins.
import Tables
package import Telemetry

extension PluginHost {
    /// Shows the calls of every table's plugin, how many generations are loaded, and what is quarantined. Once, before
    /// `start`.
    package func register(in registry: MetricRegistry) {
        registry.gauge(
            "jspg_plugin_generations", help: "Generations of plugins loaded since the start; none is unloaded."
        ) { [self] in Double(generations) }
        onReload { [self] in
            let set = tables
            // Those that wait as well: no reload comes when they enter service.
            let names = Set(set.all.map(\.descriptor.name)).union(set.waiting.keys)
            for name in names.sorted() { register(name, in: registry) }
        }
    }

    private func register(_ table: String, in registry: MetricRegistry) {
        registry.gauge(
            "jspg_plugin_quarantined", help: "1 while the table's plugin is not called because it crashed too often.",
            labels: ["table": table]
        ) { [self] in
            tables.table(table).flatMap { faults.quarantine(of: $0.plugin) } == nil ? 0 : 1
        }
        guard let counters = callCounters(of: table) else { return }
        for function in PluginFunction.ofWrites {
            func count(_ name: String, _ help: String, _ read: @escaping @Sendable () -> Double) {
                registry.counter(
                    name, help: help, labels: ["table": table, "function": function.name], read: read)
            }
            count("jspg_plugin_calls_total", "Calls of a plugin's function.") {
                Double(counters.reading(of: function).calls)
            }
            count("jspg_plugin_errors_total", "Calls that rejected a write or failed.") {
                Double(counters.reading(of: function).errors)
            }
            count("jspg_plugin_slow_calls_total", "Calls above 50 ms (validate, checks) or 500 ms (others).") {
                Double(counters.reading(of: function).slow)
            }
            count("jspg_plugin_seconds_total", "Time in a plugin's function, in seconds; one call in 16 is timed.") {
                counters.reading(of: function).seconds
            }
        }
    }
}
