// Who may work at the same time in a process, and who waits for it: pure.

/// A line of workers: those who work together do so beside each other, each of the others alone. First come, first served.
///
/// Nobody is held up for longer than `patience` by whoever works, unless the turn is protected: it more likely waits for a lock
/// than that it ends the process.
struct TurnQueue {
    static let patience = Duration.milliseconds(500)

    private struct Waiting {
        let number: UInt64
        let isAlone: Bool
    }

    /// Those who work beside each other.
    private var together: Set<UInt64> = []
    private var alone: UInt64?
    private var protected: Set<UInt64> = []
    private var waiting: [Waiting] = []
    /// Since when the first in line waits for nobody but those who work now.
    private var firstSince: ContinuousClock.Instant?
    private var lastNumber: UInt64 = 0

    /// How many wait for their turn.
    var waitingCount: Int { waiting.count }
    /// When whoever is first in line has waited for long enough, and `admit` has to be called again.
    var overdueAt: ContinuousClock.Instant? { firstSince.map { $0 + Self.patience } }

    func isWaiting(_ number: UInt64) -> Bool { waiting.contains { $0.number == number } }

    /// Whether it has its turn. A turn that was ended never comes back.
    func isUnderWay(_ number: UInt64) -> Bool { alone == number || together.contains(number) }

    /// Goes to the end of the line.
    ///
    /// - Returns: the turn's number, which no other one has.
    mutating func wait(isAlone: Bool) -> UInt64 {
        lastNumber += 1
        waiting.append(Waiting(number: lastNumber, isAlone: isAlone))
        return lastNumber
    }

    /// Nobody passes by the turn until `unprotect`.
    ///
    /// - Returns: false, where it is over.
    mutating func protect(_ number: UInt64) -> Bool {
        guard isUnderWay(number) else { return false }
        protected.insert(number)
        return true
    }

    /// Whoever waits does so from now on.
    mutating func unprotect(_ number: UInt64, at now: ContinuousClock.Instant) {
        if protected.remove(number) != nil && firstSince != nil { firstSince = now }
    }

    /// Does nothing where the turn is over or has not begun.
    mutating func end(_ number: UInt64) {
        if alone == number { alone = nil }
        together.remove(number)
        protected.remove(number)
    }

    /// Whose turn it is now, besides those whose it was. To be called after each change, and when `overdueAt` has come.
    mutating func admit(at now: ContinuousClock.Instant) -> [UInt64] {
        if let overdueAt, overdueAt <= now {
            // Those who still work have worked for long, and hold up no further one.
            together.formIntersection(protected)
            if let number = alone, !protected.contains(number) { alone = nil }
            firstSince = now
        }
        var admitted: [UInt64] = []
        while let first = waiting.first, alone == nil, !first.isAlone || together.isEmpty {
            if first.isAlone { alone = first.number } else { together.insert(first.number) }
            admitted.append(waiting.removeFirst().number)
            firstSince = nil
        }
        if waiting.isEmpty { firstSince = nil } else if firstSince == nil { firstSince = now }
        return admitted
    }
}
