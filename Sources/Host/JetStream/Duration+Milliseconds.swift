// Durations as the integers that libnats and JetStream's JSON API take.

extension Duration {
    /// Whole milliseconds, rounded up, so that a short timeout is never zero.
    var millisecondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }

    /// Whole nanoseconds, as JetStream's JSON has all its durations.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
