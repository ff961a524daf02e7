// Tells every reader that tables have changed.
package import Logging
package import Operations
package import Redis
internal import Synchronization

/// Sets new tokens, then the statuses of the operations that ended, in one round trip. Never throws: a cache problem
/// never fails a write.
package final class CacheInvalidator: Sendable {
    private let redis: RedisConnections
    private let statusLifetime: Duration
    private let logger: Logger
    /// The server refused the last one; so that the log says so once.
    private let isRefused = Atomic(false)

    /// - Parameter statusLifetime: how long a status can be read from Redis; whole seconds.
    package init(
        redis: RedisConnections, statusLifetime: Duration = CacheInvalidation.statusLifetime, logger: Logger
    ) {
        self.redis = redis
        self.statusLifetime = statusLifetime
        self.logger = logger
    }

    /// - Parameters:
    ///   - tables: those whose rows changed, and those that depend on them.
    ///   - statuses: of operations that ended.
    /// - Returns: whether no reader will be served anything from before. Where it is `false`, whoever answers
    ///   `completed` must see to that first, and the statuses are not stored.
    package func invalidate(tables: Set<String>, statuses: [EncodedStatus] = []) async -> Bool {
        await withCheckedContinuation { continuation in
            invalidate(tables: tables, statuses: statuses) { continuation.resume(returning: $0 != nil) }
        }
    }

    /// The same by callback, on a connection's event loop.
    ///
    /// - Parameter completion: gets the number of the connection through which it was done; `nil` where it was not.
    package func invalidate(
        tables: Set<String>, statuses: [EncodedStatus], completion: @escaping @Sendable (UInt64?) -> Void
    ) {
        if tables.isEmpty, statuses.isEmpty { return completion(0) }
        let invalidation = CacheInvalidation(tables: tables, statuses: statuses)
        let connection = redis.connected
        connection.execute(invalidation.commands(lifetime: statusLifetime)) { [self] result in
            switch result {
            case .success(let replies) where CacheInvalidation.succeeded(replies):
                isRefused.store(false, ordering: .relaxed)
                completion(replies.connection)
            case .success(let replies):
                refused(
                    invalidation, reason: replies.firstError ?? "unexpected reply", on: connection,
                    completion: completion)
            case .failure:
                // The Redis client logs that the server is away, once.
                completion(nil)
            }
        }
    }

    private func refused(
        _ invalidation: CacheInvalidation, reason: String, on connection: RedisConnection,
        completion: @escaping @Sendable (UInt64?) -> Void
    ) {
        if !isRefused.exchange(true, ordering: .relaxed) {
            logger.error("Redis refuses to store invalidations and statuses", metadata: ["err": "\(reason)"])
        }
        let fallback = invalidation.fallback
        if fallback.isEmpty { return completion(nil) }
        connection.execute(fallback) { result in
            guard case .success(let replies) = result, replies.firstError == nil else { return completion(nil) }
            completion(replies.connection)
        }
    }
}
