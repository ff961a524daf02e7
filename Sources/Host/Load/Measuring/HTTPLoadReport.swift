// What `jspg bench http` has found.
import JSON

package struct HTTPLoadReport: Sendable {
    package let tally: LoadTally
    /// The measured time.
    package let seconds: Double
    /// Requests a second that were intended; `nil` for a closed loop.
    package let intendedRate: Double?

    init(_ plan: HTTPLoadPlan, _ tally: LoadTally) {
        self.tally = tally
        seconds = plan.duration
        intendedRate = plan.rate
    }

    /// Answers a second.
    package var rate: Double { Double(tally.answered) / seconds }

    package var latency: LatencySummary? { tally.latency.summary }

    /// In a closed loop a request starts when it is sent.
    package var serviceTime: LatencySummary? { intendedRate == nil ? latency : tally.serviceTime.summary }

    /// One object on one line.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(
            of: tally, seconds: seconds, intendedRate: intendedRate, latency: latency, serviceTime: serviceTime)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
