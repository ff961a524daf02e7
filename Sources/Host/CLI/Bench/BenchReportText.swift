// What a load found, for people.
import Load

struct BenchReportText {
    private var facts: [(name: String, value: String)] = []
    private var latencies: [(name: String, summary: LatencySummary)] = []

    mutating func add(_ name: String, _ value: String) { facts.append((name, value)) }

    mutating func add(_ name: String, _ summary: LatencySummary?) {
        if let summary { latencies.append((name, summary)) }
    }

    /// Rate, counts and errors.
    mutating func add(_ tally: LoadTally, rate: Double, intendedRate: Double?) {
        let intended = intendedRate.map { " of \(Self.decimal($0, 1)) intended" } ?? ""
        add("requests/s", Self.decimal(rate, 1) + intended)
        add("requests", String(tally.answered))
        add("statuses", tally.statuses.map { "\($0.status): \($0.count)" }.joined(separator: ", "))
        add(
            "errors",
            tally.errors == 0
                ? "0"
                : "\(tally.errors) (\(tally.connectionErrors) of connections, \(tally.timeouts) timeouts)"
                    + (tally.failure.map { ", the first: \($0)" } ?? ""))
        if tally.unsent > 0 {
            add("not sent", "\(tally.unsent) found no free connection: the server did not keep up with the rate")
        }
    }

    var text: String {
        let width = 14
        let lines = facts.map { $0.name.padded(to: width) + $0.value }
        var header = "ms".padded(to: width)
        for name in LatencySummary.names { header += Self.right(name) }
        let table = latencies.map { name, summary in
            summary.values.reduce(name.padded(to: width)) { $0 + Self.right(Self.decimal($1, 3)) }
        }
        return (lines + (table.isEmpty ? [] : ["", header] + table)).joined(separator: "\n")
    }

    private static func right(_ text: String) -> String {
        String(repeating: " ", count: max(1, 11 - text.count)) + text
    }

    /// - Parameter places: digits after the point.
    static func decimal(_ value: Double, _ places: Int) -> String {
        let factor = (0..<places).reduce(1) { factor, _ in factor * 10 }
        let scaled = Int((value * Double(factor)).rounded())
        guard places > 0 else { return String(scaled) }
        let fraction = String(scaled % factor)
        return "\(scaled / factor)." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}
