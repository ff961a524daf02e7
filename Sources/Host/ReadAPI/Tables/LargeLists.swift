// Lists that are too large for the cache.
import Synchronization

/// Remembers for a minute which lists came out larger than the cache takes, so that these are streamed at once rather than
/// read twice. Any thread.
final class LargeLists: Sendable {
    private static let memory = Duration.seconds(60)
    private static let maximumCount = 1_000

    private let seen = Mutex<[String: ContinuousClock.Instant]>([:])

    func contains(_ key: String, at now: ContinuousClock.Instant = .now) -> Bool {
        seen.withLock { seen in seen[key].map { now - $0 < Self.memory } ?? false }
    }

    func insert(_ key: String, at now: ContinuousClock.Instant = .now) {
        seen.withLock { seen in
            if seen.count >= Self.maximumCount { seen.removeAll() }
            seen[key] = now
        }
    }
}
