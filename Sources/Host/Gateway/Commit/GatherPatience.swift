// How long it is worth waiting for a larger batch.

/// Clients that were just answered often write again at once: those of a closed loop do. Where they do, a commit that
/// starts a moment later takes all of them along, instead of leaving half for the next one, and each costs as much as a
/// commit of half as many. They show by coming faster after the answers than before them. Where they don't, waiting is in
/// vain, so the patience goes and is tried again now and then. The idea is that of PostgreSQL's `commit_delay`, with the
/// number of siblings learned. Pure.
struct GatherPatience: Sendable {
    /// What to wait for.
    struct Wait: Sendable, Equatable {
        /// Writes with which the next commit starts at once.
        let target: Int
        /// The commit starts after this time in any case.
        let limit: Duration
    }

    /// Commits between two tries once the patience is gone.
    private static let pause = 32
    /// What share of a commit's time may be waited for the next one at most, in eighths.
    private static let fullPatience = 6

    private let maximum: Duration
    private var eighths = Self.fullPatience
    private var commitsUntilTry = 0
    /// Writes that came in a millisecond of the last commit.
    private var rateBefore = 0.0

    /// - Parameter maximum: the longest wait; zero: none.
    init(maximum: Duration) {
        self.maximum = maximum
    }

    /// A batch has ended.
    ///
    /// - Parameters:
    ///   - answered: the writes in it.
    ///   - gathered: the writes that came meanwhile.
    ///   - took: its time.
    /// - Returns: `nil` where the next commit is to start now.
    mutating func wait(answered: Int, gathered: Int, took: Duration) -> Wait? {
        guard maximum > .zero else { return nil }
        if eighths == 0 {
            commitsUntilTry -= 1
            guard commitsUntilTry <= 0 else { return nil }
            eighths = 2
        }
        // Some of them are slow; the last eighth is not waited for.
        let target = max(2, (answered + gathered) * 7 / 8)
        guard target > gathered else { return nil }
        rateBefore = Self.rate(gathered, in: took)
        return Wait(target: target, limit: min(maximum, took * eighths / 8))
    }

    /// A wait has ended.
    ///
    /// - Parameters:
    ///   - isReached: before its time was over.
    ///   - arrived: the writes that came meanwhile.
    ///   - took: how long it was.
    mutating func ended(isReached: Bool, arrived: Int, took: Duration) {
        if isReached || (arrived > 0 && Self.rate(arrived, in: took) >= rateBefore * 1.5) {
            eighths = Self.fullPatience
        } else {
            eighths /= 2
            commitsUntilTry = Self.pause
        }
    }

    private static func rate(_ count: Int, in time: Duration) -> Double {
        Double(count) / max(time / .milliseconds(1), 0.001)
    }
}
