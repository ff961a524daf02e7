// The JSON that loads print.
import JSON

extension JSONWriter {
    /// The members that every load has; times are milliseconds.
    mutating func members(
        of tally: LoadTally, seconds: Double, intendedRate: Double?, latency: LatencySummary?,
        serviceTime: LatencySummary?
    ) {
        member("requests", tally.answered)
        member("seconds", seconds)
        member("rate", (Double(tally.answered) / seconds * 10).rounded() / 10)
        name("intendedRate")
        if let intendedRate { number(intendedRate) } else { null() }
        name("statuses")
        beginObject()
        for (status, count) in tally.statuses { member(String(status), count) }
        endObject()
        member("errors", tally.errors)
        member("unsent", tally.unsent)
        member("bytes", tally.bytes)
        member("latency", latency)
        member("serviceTime", serviceTime)
    }

    /// An object of the quantiles; `null` where there are none.
    mutating func member(_ name: String, _ summary: LatencySummary?) {
        self.name(name)
        guard let summary else {
            null()
            return
        }
        beginObject()
        for (name, value) in zip(LatencySummary.names, summary.values) { member(name, value) }
        endObject()
    }

    mutating func member(_ name: String, _ value: Double) {
        self.name(name)
        number(value)
    }
}
