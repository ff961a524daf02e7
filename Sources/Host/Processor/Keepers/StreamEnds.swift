// Where the stream of writes ended at some moments: pure.
import Streams

/// Remembers ends of the stream for as long as the duplicate window is.
struct StreamEnds {
    private var ends: [(at: ContinuousClock.Instant, lastSequence: UInt64)] = []

    /// - Parameter now: not before the last one that was noted.
    mutating func note(_ lastSequence: UInt64, at now: ContinuousClock.Instant) {
        // Another stream, or it has lost its end: those before say nothing about it.
        if let last = ends.last, lastSequence < last.lastSequence { ends.removeAll() }
        ends.append((now, lastSequence))
        // The newest of those outside the window stays: what follows it is inside.
        while ends.count > 1, now - ends[1].at > HostStreams.duplicateWindow { ends.removeFirst() }
    }

    /// The first sequence inside the duplicate window; `nil` where that is not known yet.
    func duplicateWindowFrom(at now: ContinuousClock.Instant) -> UInt64? {
        guard let oldest = ends.first, now - oldest.at > HostStreams.duplicateWindow else { return nil }
        return oldest.lastSequence + 1
    }

    /// The newest end that is so old; `nil` where that is not known yet.
    func end(before age: Duration, at now: ContinuousClock.Instant) -> UInt64? {
        ends.last { now - $0.at >= age }?.lastSequence
    }
}
