// What single publishes and batches take here.

/// Learns from how long commits took from how many writes on a batch is worth it: that depends on nats-server's disk, on
/// whether it syncs, and on where it stages batches (docs/performance.md). Pure.
struct CommitCosts: Sendable {
    /// No batch has fewer writes; with more than the upper bound it is always a batch.
    private static let bounds = 2...32

    private let initial: Int
    /// Of one publish among several side by side.
    private var single: Duration?
    /// Of a batch of no more than the upper bound.
    private var batch: Duration?

    /// - Parameter initial: the smallest batch until both are known.
    init(initial: Int) {
        self.initial = min(max(initial, Self.bounds.lowerBound), Self.bounds.upperBound)
    }

    /// From how many writes on a batch takes less time than publishing each.
    var smallestBatch: Int {
        guard let single, let batch, single > .zero else { return initial }
        return min(max(Int((batch / single).rounded(.up)), Self.bounds.lowerBound), Self.bounds.upperBound)
    }

    /// - Parameters:
    ///   - count: published side by side.
    ///   - took: until all were answered.
    mutating func singlesEnded(count: Int, took: Duration) {
        single = Self.mean(single, took / count)
    }

    mutating func batchEnded(count: Int, took: Duration) {
        // A large one tells what a small one takes at most.
        batch = Self.mean(batch, count > Self.bounds.upperBound ? took * Self.bounds.upperBound / count : took)
    }

    /// The last few count most.
    private static func mean(_ before: Duration?, _ value: Duration) -> Duration {
        before.map { ($0 * 7 + value) / 8 } ?? value
    }
}
