// How long changes are gathered before they are stored: pure.

/// Lets a stream of changes gather, since an atomic batch costs JetStream as much as some dozens of messages; single changes
/// and short bursts are told at once. Learns from how many changes came lately.
struct GatherPace {
    typealias Instant = ContinuousClock.Instant

    /// Changes a second from which on they are gathered.
    static let streamRate = 1_000.0
    /// For this many changes, or for the longest wait.
    static let target = 250.0
    static let longestWait = Duration.milliseconds(60)
    /// More at once are a backlog: they fill batches anyway.
    private static let backlog = 500
    /// For how long changes count, in seconds: each counts for less as time goes by.
    private static let memory = 0.2

    private var recent = 0.0
    private var lastNoted: Instant?

    /// Notes changes that were stored.
    ///
    /// - Returns: how long to wait before more are received; `nil`: not at all.
    mutating func wait(after changes: Int, at now: Instant) -> Duration? {
        if let lastNoted { recent *= max(0, 1 - (now - lastNoted) / .seconds(Self.memory)) }
        lastNoted = now
        recent += Double(changes)
        let rate = recent / Self.memory
        guard rate >= Self.streamRate, changes < Self.backlog else { return nil }
        return min(Self.longestWait, .seconds(Self.target / rate))
    }
}
