// Request targets whose cache key is known.
import Cache
import PluginHost
import Synchronization

/// Remembers the cache keys of request targets, so that a hot one is not parsed again. Any thread.
final class KnownTargets: Sendable {
    private struct Known {
        /// The generation by whose descriptor the target was read.
        let table: LoadedTable
        let key: CacheKey
    }

    /// Forgotten all together when they are more.
    private static let capacity = 4_096
    /// Longer targets are not remembered.
    private static let maximumLength = 512

    private let known = Mutex<[String: Known]>([:])

    /// - Parameter make: reads the target; `nil` where it is wrong, which is not remembered.
    func key(of target: String, in table: LoadedTable, make: () -> CacheKey?) -> CacheKey? {
        if let known = known.withLock({ $0[target] }), known.table === table { return known.key }
        guard let key = make() else { return nil }
        guard target.utf8.count <= Self.maximumLength else { return key }
        known.withLock { known in
            if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
            known[target] = Known(table: table, key: key)
        }
        return key
    }
}
