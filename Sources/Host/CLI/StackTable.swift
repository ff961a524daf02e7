// Where everything is, for a person.
import PluginHost
import Settings
import Stack

/// The lines that `jspg up` and `jspg status` print.
struct StackTable {
    let endpoints: Endpoints
    let state: String
    /// Whether all parts run.
    var isUp = true
    /// Why plugins are not in service, a sentence for each.
    let pluginFailures: [String]

    private static let rows = [
        ("web", "everything, through nginx"), ("gateway", "writes"), ("readApi", "reads and status"),
        ("nats", "NATS"), ("natsMonitor", "NATS monitoring"), ("database", "PostgreSQL"), ("redis", "Redis"),
    ]

    /// The processes behind URLs that may be somebody else's.
    private static let servers = ["nats": "nats", "database": "postgres", "redis": "redis"]

    /// Of a stack that has started: hosts have looked at their plugin folder by then.
    static func ofRunning(_ endpoints: Endpoints, state: String, isUp: Bool = true) -> StackTable {
        let hosts = PluginHostFile.running(under: Endpoints.pluginState(state: state))
        return StackTable(
            endpoints: endpoints, state: state, isUp: isUp, pluginFailures: PluginHostFile.failures(of: hosts))
    }

    private var heading: String {
        if !isUp { return "Not everything is up:" }
        return pluginFailures.isEmpty ? "Everything is up:" : "Everything is up, but not every plugin is in service:"
    }

    var text: String {
        var lines = ["", heading, ""]
        let others = endpoints.otherHosts.map { ($0, "\($0): health, metrics") }
        for (name, meaning) in Self.rows + others {
            guard let url = endpoints.urls[name] else { continue }
            // The stack's own password is no secret, that of a server that was given is one.
            let isOwn = Self.servers[name].map { endpoints.pids[$0] != nil } ?? true
            let shown = isOwn ? url : SettingDescription.maskingPassword(in: url)
            lines.append("  \(meaning.padded(to: 30))\(shown)")
        }
        lines.append("  \("plugins".padded(to: 30))\(endpoints.pluginDirectory)")
        lines.append("  \("logs".padded(to: 30))\(state)/log")
        if !pluginFailures.isEmpty { lines += ["", "Not in service:", ""] + pluginFailures.map { "  \($0)" } }
        lines += ["", "The same for programs: \(Endpoints.path(state: state))", ""]
        return lines.joined(separator: "\n")
    }
}
