// One caller's batch on its way to the connection's thread.

struct RedisRequest: Sendable {
    let commands: [RedisCommand]
    let completion: @Sendable (Result<RedisReplies, RedisError>) -> Void
}
