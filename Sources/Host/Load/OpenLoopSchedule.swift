// When the requests of an open loop are to start.

/// Evenly spaced intended starts, whatever the answers do. A pure value: times are nanoseconds of one clock.
package struct OpenLoopSchedule: Sendable {
    private let start: UInt64
    private let interval: Double
    private let stride: Int
    private let count: Int
    private var next: Int

    /// - Parameters:
    ///   - start: the first intended start.
    ///   - rate: starts a second, of all parts together, over 0.
    ///   - duration: seconds; no start lies at its end or later.
    ///   - part: 0 to `parts` - 1; the parts take turns, so that together they are evenly spaced.
    package init(start: UInt64, rate: Double, duration: Double, part: Int = 0, parts: Int = 1) {
        self.start = start
        interval = 1e9 / rate
        stride = parts
        count = Int((rate * duration).rounded(.up))
        next = part
    }

    /// The intended start that was not taken yet; `nil` after the last.
    package var upcoming: UInt64? { next < count ? intendedStart(next) : nil }

    /// Takes the next intended start if its time has come.
    package mutating func take(dueBy now: UInt64) -> UInt64? {
        guard let upcoming, upcoming <= now else { return nil }
        next += stride
        return upcoming
    }

    /// Drops what lies before a time.
    package mutating func skip(to time: UInt64) {
        while let upcoming, upcoming < time { next += stride }
    }

    /// Takes all the rest.
    ///
    /// - Returns: how many of them lay at `time` or later.
    package mutating func takeRest(from time: UInt64) -> Int {
        var rest = 0
        while let upcoming {
            if upcoming >= time { rest += 1 }
            next += stride
        }
        return rest
    }

    private func intendedStart(_ place: Int) -> UInt64 {
        // Multiplied, not added up: no error grows with the run.
        start + UInt64(Double(place) * interval)
    }
}
