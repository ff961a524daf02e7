// Notices consumers whose holder is gone: pure.

/// Compares what consumers look like from one look to the next. One with something to do that has not moved since the
/// look before is standing still: its holder may be dead or paused.
struct StandstillWatch {
    struct Look: Equatable {
        var delivered: UInt64
        var acknowledged: UInt64
        /// Whether something is delivered and not acknowledged, or waits for a pull.
        var hasUndecided: Bool
    }

    private var previous: [String: Look] = [:]

    /// - Parameter looks: by consumer name.
    /// - Returns: the names of those that stand still, sorted.
    mutating func standingStill(_ looks: [String: Look]) -> [String] {
        defer { previous = looks }
        return looks.filter { name, look in look.hasUndecided && previous[name] == look }.keys.sorted()
    }
}
