// Statuses of operations, as processors left them in Redis.
package import Operations
package import Redis

package struct StatusCache: Sendable {
    package enum Answer: Sendable {
        case found(OperationStatus)
        /// Redis has none: the operation has not ended, or over an hour ago, or Redis forgot it.
        case absent
        /// Redis can't be asked.
        case unavailable
    }

    private let redis: RedisConnections

    package init(redis: RedisConnections) {
        self.redis = redis
    }

    /// What Redis has of many operations, in their order, in one round trip; `nil` where it has nothing or can't be asked.
    package func stored(_ operationIDs: [OperationID]) async -> [StoredStatus?] {
        if operationIDs.isEmpty { return [] }
        let values = try? await redis[redis.nearest].read(operationIDs.map(CacheName.status))
        return operationIDs.indices.map { values?[$0].flatMap { StoredStatus($0) } }
    }

    /// What Redis has of an operation, by callback; `nil` where it has nothing or can't be asked. Many at the same time
    /// share round trips.
    ///
    /// - Parameter completion: called exactly once; where this is called on the event loop of one of the connections, there. It
    ///   must not block.
    package func stored(_ operationID: OperationID, completion: @escaping @Sendable (StoredStatus?) -> Void) {
        redis[redis.nearest].read([CacheName.status(operationID)]) { result in
            completion((try? result.get())?[0].flatMap { StoredStatus($0) })
        }
    }

    /// Many at the same time share round trips.
    package func status(of operationID: OperationID) async -> Answer {
        guard let values = try? await redis[redis.nearest].read([CacheName.status(operationID)]) else {
            return .unavailable
        }
        return values[0].flatMap { OperationStatus(decoding: $0) }.map { .found($0) } ?? .absent
    }
}
