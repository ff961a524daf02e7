// A bounded number of connections, shared.
package import Logging
import Synchronization

/// Lends connections, makes them when needed and replaces those that broke. First come, first served.
package final class PostgresPool: Sendable {
    private struct State {
        var idle: [PostgresConnection] = []
        var open = 0
        var waiters: [(id: UInt64, continuation: CheckedContinuation<Grant, any Error>)] = []
        var nextWaiter: UInt64 = 0
        var isClosed = false
        var onLoss: @Sendable () -> Void = {}
    }

    /// What a waiter gets: a connection, or the right to make one.
    private enum Grant {
        case connection(PostgresConnection)
        case slot
    }

    private let configuration: PostgresConfiguration
    /// The most connections that are open at the same time.
    package let size: Int
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter size: the most connections that are open at the same time.
    package init(_ configuration: PostgresConfiguration, size: Int, logger: Logger) {
        self.configuration = configuration
        self.size = size
        self.logger = logger
    }

    /// - Parameter action: called when a connection was found to be lost: the server may be another one from then on. Any
    ///   thread; must not block.
    package func onLoss(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.onLoss = action }
    }

    /// Connections that are open or being opened.
    package var openConnections: Int { state.withLock(\.open) }

    /// Lends a connection for the length of `body`.
    ///
    /// - Throws: `PostgresError` where none can be made, `CancellationError`, and what `body` throws.
    package func withConnection<Value: Sendable>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await acquire()
        do {
            let value = try await body(connection)
            await release(connection)
            return value
        } catch {
            if (error as? PostgresError)?.kind == .connection { noteLoss() }
            await release(connection)
            throw error
        }
    }

    private func noteLoss() {
        let action = state.withLock(\.onLoss)
        action()
    }

    /// Runs `body` on the thread of a connection that is lent for it, however many statements it has.
    ///
    /// - Throws: as `withConnection` and `PostgresConnection.run`.
    package func run<Value: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> Value
    ) async throws -> Value {
        try await withConnection { try await $0.run(body) }
    }

    /// Runs one statement on a connection that is lent for it, and returns its rows.
    ///
    /// - Throws: as `withConnection` and `PostgresConnection.query`.
    @discardableResult
    package func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> PostgresRows {
        try await run { connection in try connection.query(sql, parameters) }
    }

    /// Closes every connection, those in use once they come back.
    package func close() async {
        let (idle, waiters) = state.withLock { state in
            state.isClosed = true
            defer {
                state.open -= state.idle.count
                state.idle.removeAll()
                state.waiters.removeAll()
            }
            return (state.idle, state.waiters)
        }
        for waiter in waiters { waiter.continuation.resume(throwing: Self.closed) }
        for connection in idle { await connection.close() }
    }

    private static var closed: PostgresError {
        PostgresError(kind: .connection, serverMessage: "the pool is closed")
    }

    private func acquire() async throws -> PostgresConnection {
        while true {
            switch try await grant() {
            case .connection(let connection):
                // After a restart of the server each of those that were idle would fail whoever gets it.
                if connection.isUsable, connection.isQuiet { return connection }
                await connection.close()
                discard()
                noteLoss()
            case .slot:
                do {
                    return try await PostgresConnection.connect(configuration, logger: logger)
                } catch {
                    // Whoever waits would try for as long, one after another.
                    if error.kind == .connection { failWaiters(error) }
                    discard()
                    throw error
                }
            }
        }
    }

    private func grant() async throws -> Grant {
        try Task.checkCancellation()
        let ticket = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let immediate: Result<Grant, any Error>? = state.withLock { state in
                    if state.isClosed { return .failure(Self.closed) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if let connection = state.idle.popLast() { return .success(.connection(connection)) }
                    if state.open < size {
                        state.open += 1
                        return .success(.slot)
                    }
                    state.waiters.append((ticket, continuation))
                    return nil
                }
                if let immediate { continuation.resume(with: immediate) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == ticket }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private func release(_ connection: PostgresConnection) async {
        // A transaction that was left open by an error must not meet the next caller.
        if connection.isInTransaction { await connection.rollBack() }
        guard connection.isUsable else { return discard() }
        let (waiter, mustClose) = state.withLock { state in
            if state.isClosed {
                state.open -= 1
                return (CheckedContinuation<Grant, any Error>?.none, true)
            }
            guard !state.waiters.isEmpty else {
                state.idle.append(connection)
                return (nil, false)
            }
            return (state.waiters.removeFirst().continuation, false)
        }
        waiter?.resume(returning: .connection(connection))
        if mustClose { await connection.close() }
    }

    private func failWaiters(_ error: PostgresError) {
        let waiters = state.withLock { state in
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(throwing: error) }
    }

    /// A connection is gone: whoever waits first may make another.
    private func discard() {
        let waiter = state.withLock { state -> CheckedContinuation<Grant, any Error>? in
            guard !state.waiters.isEmpty, !state.isClosed else {
                state.open -= 1
                return nil
            }
            return state.waiters.removeFirst().continuation
        }
        waiter?.resume(returning: .slot)
    }
}
