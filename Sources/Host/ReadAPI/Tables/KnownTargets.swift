// Request targets whose cache key is known.
import Cache
import PluginHost
import Synchronization

/// Remembers the cache keys of request targets, so that a hot one is not read again. Any thread.
final class KnownTargets: Sendable {
    private struct Known {
        /// The tables by whose descriptors the target was read.
        let tables: TableSet
        let key: CacheKey
    }

    /// Forgotten all together when they are more.
    private static let capacity = 4_096
    /// Longer targets are not remembered.
    private static let maximumLength = 512

    private let known = Mutex<[String: Known]>([:])

    /// The key that the target had while these were the tables in service.
    func key(of target: String, in tables: TableSet) -> CacheKey? {
        known.withLock { known in known[target].flatMap { $0.tables === tables ? $0.key : nil } }
    }

    func remember(_ key: CacheKey, of target: String, in tables: TableSet) {
        guard target.utf8.count <= Self.maximumLength else { return }
        known.withLock { known in
            if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
            known[target] = Known(tables: tables, key: key)
        }
    }
}
