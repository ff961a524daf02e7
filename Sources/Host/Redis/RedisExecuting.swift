// What the cache needs of a Redis client, so that a simulator can stand in for one.

package protocol RedisExecuting: Sendable {
    /// Sends `commands` as one contiguous batch, in order, and hands back one reply for each.
    ///
    /// - Parameter completion: called exactly once, on the client's thread or, where there is no connection, on the
    ///   caller's before this returns. It must not block.
    func execute(
        _ commands: [RedisCommand], completion: @escaping @Sendable (Result<RedisReplies, RedisError>) -> Void)
}

extension RedisExecuting {
    /// The same for async callers. Cancellation is not looked at: the server's answer is a round trip away at most.
    package func execute(_ commands: [RedisCommand]) async throws(RedisError) -> RedisReplies {
        let result = await withCheckedContinuation { continuation in
            execute(commands) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
