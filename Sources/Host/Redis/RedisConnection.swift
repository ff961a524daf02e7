// The client: one connection, one thread, and all callers' commands in shared pipelines.
package import Logging
internal import Synchronization
internal import Threads

/// A client of one Redis server that reconnects by itself.
///
/// One thread owns the connection. While a round trip is under way, the batches that arrive gather; then all of them
/// are written together, and each gets its own replies. A lone batch is sent at once. A batch is never sent twice: if
/// the connection breaks, whoever is under way learns `connectionLost` or `timedOut`.
///
/// While there is no connection, `execute` fails at once. Attempts to connect go on without limit.
package final class RedisConnection: RedisExecuting {
    private struct Shared {
        var state = RedisState.connecting
        var waiting: [RedisRequest] = []
        /// The thread sleeps, or is about to, and must be woken.
        var isThreadAsleep = false
        var isClosing = false
        var connections: UInt64 = 0
        var observers: [UInt64: AsyncStream<RedisState>.Continuation] = [:]
        var nextObserver: UInt64 = 0
    }

    package let configuration: RedisConfiguration
    private let logger: Logger
    private let shared = Mutex(Shared())
    private let wakeUp = WakeUpPipe()

    /// Starts the thread, which keeps this object alive until `close()`. Does not wait for a connection: see `ready`.
    package init(_ configuration: RedisConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        startThread(named: "redis") { [self] in run() }
    }

    /// A client that is connected.
    ///
    /// - Throws: what `ready(within:)` throws; then the client is closed already.
    package static func connect(
        _ configuration: RedisConfiguration, logger: Logger, within limit: Duration = .seconds(5)
    ) async throws(RedisError) -> RedisConnection {
        let connection = RedisConnection(configuration, logger: logger)
        do throws(RedisError) {
            try await connection.ready(within: limit)
            return connection
        } catch {
            await connection.close()
            throw error
        }
    }

    package func execute(
        _ commands: [RedisCommand], completion: @escaping @Sendable (Result<RedisReplies, RedisError>) -> Void
    ) {
        let (failure, mustWake) = shared.withLock { shared -> (RedisError?, Bool) in
            if let error = shared.state.error { return (error, false) }
            shared.waiting.append(RedisRequest(commands: commands, completion: completion))
            defer { shared.isThreadAsleep = false }
            return (nil, shared.isThreadAsleep)
        }
        if let failure { completion(.failure(failure)) }
        if mustWake { wakeUp.signal() }
    }

    package var state: RedisState { shared.withLock { $0.state } }

    package var isConnected: Bool { runID != nil }

    /// The `run_id` of the server that is connected now. For what a reply is worth, look at `RedisReplies.runID`.
    package var runID: String? {
        if case .connected(let runID, _) = state { runID } else { nil }
    }

    /// The state now and each one that follows; ends when the client is closed.
    package func states() -> AsyncStream<RedisState> {
        let (stream, continuation) = AsyncStream.makeStream(of: RedisState.self, bufferingPolicy: .bufferingNewest(16))
        let number = shared.withLock { shared -> UInt64? in
            continuation.yield(shared.state)
            if shared.state == .closed { return nil }
            shared.nextObserver += 1
            shared.observers[shared.nextObserver] = continuation
            return shared.nextObserver
        }
        if let number {
            continuation.onTermination = { [self] _ in
                _ = shared.withLock { $0.observers.removeValue(forKey: number) }
            }
        } else {
            continuation.finish()
        }
        return stream
    }

    /// Waits until there is a connection.
    ///
    /// - Throws: at once where waiting can't help (`unsupportedServer`, `authentication`, `closed`); else, when `limit`
    ///   is over or the task was cancelled, `unavailable` with the reason of the last attempt.
    package func ready(within limit: Duration) async throws(RedisError) {
        let states = states()
        let failure = await withTaskGroup(of: RedisError?.self) { group in
            group.addTask {
                for await state in states {
                    switch state {
                    case .connected: return nil
                    case .away(let error) where error.isLasting: return error
                    default: continue
                    }
                }
                return RedisError(.closed, "The Redis client was closed.")
            }
            group.addTask { [self] in
                try? await Task.sleep(for: limit)
                return state.error
                    ?? RedisError(.unavailable, "Redis at \(configuration) did not answer within \(limit).")
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        if let failure, !isConnected { throw failure }
    }

    /// Sends what was handed in before, waits for its replies and disconnects. May be called more than once.
    package func close() async {
        let states = states()
        shared.withLock { shared in
            shared.isClosing = true
            shared.isThreadAsleep = false
        }
        wakeUp.signal()
        for await state in states where state == .closed { break }
    }

    // MARK: The thread

    private func run() {
        blockBrokenPipeSignal()
        var backoff = RedisBackoff()
        var generator = SystemRandomNumberGenerator()
        while !isClosing {
            do throws(RedisError) {
                let session = try RedisSession(configuration)
                backoff.reset()
                try serve(session, number: connected(to: session.server))
            } catch {
                lost(error)
                if isClosing { break }
                _ = wakeUp.wait(watching: -1, timeout: backoff.next(using: &generator))
            }
        }
        lost(RedisError(.closed, "The Redis client was closed."))
    }

    private var isClosing: Bool { shared.withLock { $0.isClosing } }

    /// Runs pipelines until the connection breaks (throws) or the client is closed (returns).
    private func serve(_ session: RedisSession, number: UInt64) throws(RedisError) {
        while true {
            let (requests, isClosing) = takeRequests()
            if !requests.isEmpty {
                try RedisPipeline.run(requests, on: session, connection: number)
            } else if isClosing {
                return
            } else if wakeUp.wait(watching: session.descriptor) {
                throw RedisError(.connectionLost, "Redis closed the connection.")
            }
        }
    }

    private func takeRequests() -> (requests: [RedisRequest], isClosing: Bool) {
        shared.withLock { shared in
            let requests = RedisPipeline.take(from: &shared.waiting)
            shared.isThreadAsleep = requests.isEmpty && !shared.isClosing
            return (requests, shared.isClosing)
        }
    }

    private func connected(to server: RedisServer) -> UInt64 {
        let number = shared.withLock { shared in
            shared.connections += 1
            return shared.connections
        }
        _ = change(to: .connected(runID: server.runID, connection: number))
        logger.notice(
            "connected to Redis",
            metadata: [
                "address": "\(configuration)", "server": "\(server.product) \(server.version)",
                "connection": "\(number)",
            ])
        return number
    }

    /// Fails what waits, and logs once for each time that the server goes away.
    private func lost(_ error: RedisError) {
        let state = error.code == .closed ? RedisState.closed : .away(error)
        let (before, waiting) = change(to: state)
        if before.error?.code != state.error?.code, !isClosing {
            logger.warning("Redis is away", metadata: ["err": "\(error)", "address": "\(configuration)"])
        }
        let failure = state.error ?? error
        for request in waiting { request.completion(.failure(failure)) }
    }

    /// Only the thread calls this, so observers see the states in order.
    ///
    /// - Returns: the state before, and the requests that have nobody to run them in the new one.
    private func change(to state: RedisState) -> (before: RedisState, orphans: [RedisRequest]) {
        let (before, orphans, observers) = shared.withLock { shared in
            let before = shared.state
            shared.state = state
            var orphans: [RedisRequest] = []
            if state.error != nil { swap(&orphans, &shared.waiting) }
            return (before, orphans, Array(shared.observers.values))
        }
        // Outside the lock: to finish a stream runs its `onTermination`, which takes it.
        for observer in observers {
            observer.yield(state)
            if state == .closed { observer.finish() }
        }
        return (before, orphans)
    }
}
