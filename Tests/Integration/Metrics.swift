// What a host counts.

/// A host's `/metrics` at one moment.
struct Metrics {
    private let lines: [Substring]

    init(of url: String) async throws {
        lines = try await HTTPCalls.get(url + "/metrics").text.split(separator: "\n")
    }

    /// The names that it explains, with a value or without one.
    var names: Set<String> {
        Set(
            lines.filter { $0.hasPrefix("# HELP ") }.compactMap {
                $0.split(separator: " ").dropFirst(2).first.map(String.init)
            })
    }

    /// The value of a metric, by its name and labels as they stand there; `nil` where it has none.
    func value(_ name: String) -> Double? {
        lines.first { $0.hasPrefix(name + " ") }.flatMap { Double($0.dropFirst(name.count + 1)) }
    }
}
