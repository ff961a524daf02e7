// Whether there is a connection.

package enum RedisState: Sendable, Hashable {
    /// The first attempt is under way: commands wait for it.
    case connecting
    /// - `runID`: of the server process.
    /// - `connection`: counts up from 1.
    case connected(runID: String, connection: UInt64)
    /// Commands fail at once; attempts go on.
    case away(RedisError)
    case closed

    /// What `execute` fails with in this state.
    var error: RedisError? {
        switch self {
        case .connecting, .connected: nil
        case .away(let error):
            // What broke the last connection is over: a new command was not sent at all.
            error.isLasting ? error : RedisError(.unavailable, error.message)
        case .closed: RedisError(.closed, "The Redis client was closed.")
        }
    }
}
