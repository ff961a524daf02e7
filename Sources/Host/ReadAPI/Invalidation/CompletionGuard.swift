// Sees to it that nobody reads an older list after `completed`.
import Cache
import Operations
import PluginHost
import Tables

/// An operation that is completed in PostgreSQL and not in Redis may have ended without its invalidation: the processor
/// could not reach Redis, or died. Before that is told to anybody, the namespaces are invalidated.
struct CompletionGuard: Sendable {
    let invalidator: CacheInvalidator
    let cache: TableCache
    let plugins: PluginHost
    let requests: InvalidationRequests
    /// How long a list may stay in the cache.
    let cacheLifetime: Duration

    /// Older operations had their invalidation by change data capture, and what was cached before them has expired.
    static func horizon(cacheLifetime: Duration) -> Duration {
        // Clocks differ, and a batch ends a while after the moment that its operations bear.
        max(.seconds(600), cacheLifetime) + .seconds(60)
    }

    func beforeAnswering(_ row: StatusQueries.Row) async {
        guard row.status.state == .completed, let table = row.status.table,
            Duration.microseconds(Timestamp.now().microseconds - row.endedAt.microseconds)
                < Self.horizon(cacheLifetime: cacheLifetime)
        else { return }
        var tables: Set<String> = [table]
        if let descriptor = plugins.tables.table(table)?.descriptor {
            for further in descriptor.invalidates.values { tables.formUnion(further) }
        }
        if await invalidator.invalidate(tables: tables, statuses: [EncodedStatus(row.status)]) { return }
        // This one can't reach Redis: it serves nothing from the cache itself, and another may be able to.
        cache.distrust(tables)
        await requests.invalidate(tables)
    }
}
