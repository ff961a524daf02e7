// Many callers' batches in one round trip.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

enum RedisPipeline {
    /// Where a pipeline is cut, so that the first replies don't wait for the last command to be written.
    static let maximumCommands = 4_096
    static let maximumBytes = 1 << 20

    /// Removes the requests of the next pipeline from the front of `waiting`: at least one where there is one.
    static func take(from waiting: inout [RedisRequest]) -> [RedisRequest] {
        var commands = 0
        var bytes = 0
        var count = 0
        for request in waiting {
            commands += request.commands.count
            bytes += request.commands.reduce(0) { $0 + $1.size }
            if count > 0, commands > maximumCommands || bytes > maximumBytes { break }
            count += 1
        }
        if count == waiting.count {
            defer { waiting = [] }
            return waiting
        }
        defer { waiting.removeFirst(count) }
        return Array(waiting[..<count])
    }

    /// Writes all commands, then reads all replies, and completes every request exactly once.
    ///
    /// - Throws: when the connection is of no use any more; the requests have been told.
    static func run(
        _ requests: [RedisRequest], on session: RedisSession, connection: UInt64
    ) throws(RedisError) {
        var completed = 0
        var mustReconnect: String?
        do throws(RedisError) {
            for request in requests {
                for command in request.commands { try session.append(command) }
            }
            for request in requests {
                var replies: [RedisReply] = []
                replies.reserveCapacity(request.commands.count)
                for _ in request.commands {
                    let reply = try session.reply()
                    if let message = reply.errorMessage, Self.meansAnotherServer(message) { mustReconnect = message }
                    replies.append(reply)
                }
                completed += 1
                request.completion(
                    .success(RedisReplies(replies: replies, runID: session.server.runID, connection: connection)))
            }
        } catch {
            for request in requests[completed...] { request.completion(.failure(error)) }
            throw error
        }
        if let mustReconnect { throw RedisError(.unavailable, "Redis can't be written to: \(mustReconnect)") }
    }

    /// The server was a primary with its data in memory when this connection was opened, and no longer is.
    private static func meansAnotherServer(_ message: String) -> Bool {
        ["READONLY", "LOADING", "MASTERDOWN", "NOAUTH"].contains { message.hasPrefix($0) }
    }
}

/// hiredis 0.14 writes with write(2), which raises SIGPIPE on a connection that the server closed. Blocked in this
/// thread, it becomes the error EPIPE.
func blockBrokenPipeSignal() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
