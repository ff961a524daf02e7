// A client of one Redis server: one connection on one event loop.
package import Logging
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// A client that reconnects by itself and may be used from any thread; from its event loop it costs no hand-over.
///
/// What is handed in during one turn of the event loop is written together, and each batch gets its own replies. A batch
/// is never sent twice: if the connection breaks, whoever is under way learns `connectionLost` or `timedOut`.
///
/// While there is no connection, batches fail at once; those handed in before the first attempt to connect has ended wait
/// for it. Attempts go on without limit.
package final class RedisConnection: Sendable {
    private struct Shared {
        var state = RedisState.connecting
        var observers: [UInt64: AsyncStream<RedisState>.Continuation] = [:]
        var nextObserver: UInt64 = 0
    }

    package let configuration: RedisConfiguration
    package let eventLoop: any EventLoop
    private let loop: NIOLoopBoundBox<RedisLoop>
    private let shared: SharedState

    /// What other threads see of the client.
    private final class SharedState: Sendable {
        let value = Mutex(Shared())
    }

    /// Begins to connect, and goes on until `close()`. Does not wait for a connection: see `ready`.
    ///
    /// - Parameters:
    ///   - eventLoop: where completions are called.
    ///   - current: shared by the connections of a process to the same server.
    package init(
        _ configuration: RedisConfiguration, on eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.any(),
        current: CurrentServer = CurrentServer(), logger: Logger
    ) {
        let shared = SharedState()
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.shared = shared
        loop = .makeBoxSendingValue(
            RedisLoop(configuration, on: eventLoop, current: current, logger: logger) { Self.tell($0, to: shared) },
            eventLoop: eventLoop)
        onLoop { $0.connect() }
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

    /// Sends `commands` as one contiguous batch, in order, and hands back one reply for each.
    ///
    /// - Parameter completion: called exactly once, on the event loop; there also before this returns, where nothing was
    ///   sent. It must not block.
    package func execute(
        _ commands: [RedisCommand], completion: @escaping @Sendable (Result<RedisReplies, RedisError>) -> Void
    ) {
        onLoop { $0.execute(commands, completion: completion) }
    }

    /// The same for async callers. Cancellation is not looked at: the server's answer is a round trip away at most.
    package func execute(_ commands: [RedisCommand]) async throws(RedisError) -> RedisReplies {
        let result = await withCheckedContinuation { continuation in
            execute(commands) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// The values of `keys`, all of one moment after this was called. Reads that are asked for during one turn of the
    /// event loop are one command, in which each key is there once.
    ///
    /// - Parameter completion: as that of `execute`.
    package func read(
        _ keys: [String], completion: @escaping @Sendable (Result<RedisValues, RedisError>) -> Void
    ) {
        onLoop { $0.read(keys, completion: completion) }
    }

    /// The same for async callers.
    package func read(_ keys: [String]) async throws(RedisError) -> RedisValues {
        let result = await withCheckedContinuation { continuation in
            read(keys) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    private func onLoop(_ body: @escaping @Sendable (RedisLoop) -> Void) {
        if eventLoop.inEventLoop {
            body(loop.value)
        } else {
            eventLoop.execute { [loop] in body(loop.value) }
        }
    }

    package var state: RedisState { shared.value.withLock { $0.state } }

    package var isConnected: Bool { runID != nil }

    /// The `run_id` of the server that is connected now. For what a reply is worth, look at `RedisReplies.runID`.
    package var runID: String? {
        if case .connected(let runID, _) = state { runID } else { nil }
    }

    /// The state now and each one that follows; ends when the client is closed.
    package func states() -> AsyncStream<RedisState> {
        let (stream, continuation) = AsyncStream.makeStream(of: RedisState.self, bufferingPolicy: .bufferingNewest(16))
        let number = shared.value.withLock { shared -> UInt64? in
            continuation.yield(shared.state)
            if shared.state == .closed { return nil }
            shared.nextObserver += 1
            shared.observers[shared.nextObserver] = continuation
            return shared.nextObserver
        }
        if let number {
            continuation.onTermination = { [shared] _ in
                _ = shared.value.withLock { $0.observers.removeValue(forKey: number) }
            }
        } else {
            continuation.finish()
        }
        return stream
    }

    /// On the event loop, so observers see the states in order.
    private static func tell(_ state: RedisState, to shared: SharedState) {
        let observers = shared.value.withLock { shared in
            shared.state = state
            return Array(shared.observers.values)
        }
        // Outside the lock: to finish a stream runs its `onTermination`, which takes it.
        for observer in observers {
            observer.yield(state)
            if state == .closed { observer.finish() }
        }
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
        onLoop { $0.close() }
        for await state in states where state == .closed { break }
    }
}
