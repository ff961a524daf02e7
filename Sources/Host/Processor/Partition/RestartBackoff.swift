// When what has failed is started again: pure.

/// Counts the failures of a part of the processor that is started again each time: later and later, unless it went well
/// for a while in between.
struct RestartBackoff {
    /// What ran for so long has nothing to do with the failures before.
    static let isWell = Duration.seconds(60)

    private(set) var failures = 0

    /// It has failed again.
    ///
    /// - Parameter duration: how long it ran.
    /// - Returns: whether to log it: the first failure, and each tenth after it.
    mutating func fail(after duration: Duration) -> Bool {
        if duration >= Self.isWell { failures = 0 }
        failures += 1
        return failures % 10 == 1
    }

    /// How long to wait before the next start.
    var delay: Duration { min(Duration.milliseconds(100) * (1 << min(failures, 6)), .seconds(5)) }
}
