// Where everything is, for a person.
import Settings
import Stack

/// The lines that `jspg up` and `jspg status` print.
struct StackTable {
    let endpoints: Endpoints
    let state: String
    var heading = "Everything is up:"

    private static let rows = [
        ("web", "everything, through nginx"), ("gateway", "writes"), ("readApi", "reads and status"),
        ("nats", "NATS"), ("natsMonitor", "NATS monitoring"), ("database", "PostgreSQL"), ("redis", "Redis"),
    ]

    /// The processes behind URLs that may be somebody else's.
    private static let servers = ["nats": "nats", "database": "postgres", "redis": "redis"]

    var text: String {
        var lines = ["", heading, ""]
        for (name, meaning) in Self.rows {
            guard let url = endpoints.urls[name] else { continue }
            // The stack's own password is no secret, that of a server that was given is one.
            let isOwn = Self.servers[name].map { endpoints.pids[$0] != nil } ?? true
            let shown = isOwn ? url : SettingDescription.maskingPassword(in: url)
            lines.append("  \(Self.padded(meaning, 26))\(shown)")
        }
        lines.append("  \(Self.padded("plugins", 26))\(endpoints.pluginDirectory)")
        lines.append("  \(Self.padded("logs", 26))\(state)/log")
        lines += ["", "The same for programs: \(Endpoints.path(state: state))", ""]
        return lines.joined(separator: "\n")
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
