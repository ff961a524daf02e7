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

    private enum Raw: Sendable {
        case bytes([UInt8])
        case absent
        case unavailable

        var stored: StoredStatus? {
            if case .bytes(let bytes) = self { StoredStatus(bytes) } else { nil }
        }
    }

    private let redis: any RedisExecuting
    private let lookup: SharedLookup<OperationID, Raw>

    package init(redis: any RedisExecuting) {
        self.redis = redis
        lookup = SharedLookup { Self.ask(redis, $0, answer: $1) }
    }

    /// One round trip for all.
    private static func ask(
        _ redis: any RedisExecuting, _ operationIDs: [OperationID], answer: @escaping @Sendable ([Raw]) -> Void
    ) {
        let command = RedisCommand(words: ["MGET"] + operationIDs.map(CacheName.status))
        redis.execute([command]) { result in
            guard case .success(let replies) = result, let values = replies.first?.elements,
                values.count == operationIDs.count
            else { return answer(operationIDs.map { _ in .unavailable }) }
            answer(values.map { value in value.bytes.map { .bytes($0) } ?? .absent })
        }
    }

    /// What Redis has of many operations, in their order, in one round trip; `nil` where it has nothing or can't be asked.
    package func stored(_ operationIDs: [OperationID]) async -> [StoredStatus?] {
        if operationIDs.isEmpty { return [] }
        return await withCheckedContinuation { continuation in
            Self.ask(redis, operationIDs) { continuation.resume(returning: $0.map(\.stored)) }
        }
    }

    /// What Redis has of an operation, by callback; `nil` where it has nothing or can't be asked. Many at the same time
    /// share round trips.
    ///
    /// - Parameter completion: called exactly once, on the Redis client's thread or before this returns; must not block.
    package func stored(_ operationID: OperationID, completion: @escaping @Sendable (StoredStatus?) -> Void) {
        lookup.lookUp(operationID) { completion($0.stored) }
    }

    /// Many at the same time share round trips.
    package func status(of operationID: OperationID) async -> Answer {
        switch await lookup.lookUp(operationID) {
        case .bytes(let bytes): OperationStatus(decoding: bytes).map { .found($0) } ?? .absent
        case .absent: .absent
        case .unavailable: .unavailable
        }
    }
}
