// What `jspg bench follow` has found.
import JSON

package struct FollowReport: Sendable {
    package let tally: FollowTally
    /// The measured time.
    package let seconds: Double
    /// Writes a second.
    package let intendedRate: Double

    init(_ plan: FollowPlan, _ tally: FollowTally) {
        self.tally = tally
        seconds = plan.duration
        intendedRate = plan.rate
    }

    /// Answered writes a second.
    package var rate: Double { Double(tally.writes.answered) / seconds }

    /// From the intended start of the POST to the moment in which `completed` was read.
    package var latency: LatencySummary? { tally.writes.latency.summary }

    /// The same from when the POST was sent.
    package var serviceTime: LatencySummary? { tally.writes.serviceTime.summary }

    package var accepted: LatencySummary? { tally.accepted.summary }

    /// One object on one line.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(
            of: tally.writes, seconds: seconds, intendedRate: intendedRate, latency: latency, serviceTime: serviceTime)
        writer.member("completed", tally.completed)
        writer.member("failed", tally.failed)
        writer.member("lost", tally.lost)
        writer.member("accepted", accepted)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
