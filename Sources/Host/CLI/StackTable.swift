// Where everything is, for a person.
import Stack

/// The lines that `jspg up` and `jspg status` print.
struct StackTable {
    let endpoints: Endpoints
    let state: String

    private static let rows = [
        ("web", "everything, through nginx"), ("gateway", "writes"), ("readApi", "reads and status"),
        ("nats", "NATS"), ("natsMonitor", "NATS monitoring"), ("database", "PostgreSQL"), ("redis", "Redis"),
    ]

    var text: String {
        var lines = ["", "Everything is up:", ""]
        for (name, meaning) in Self.rows {
            guard let url = endpoints.urls[name] else { continue }
            lines.append("  \(Self.padded(meaning, 26))\(url)")
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
