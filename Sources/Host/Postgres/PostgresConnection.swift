// One connection to PostgreSQL, on a thread of its own.
import CLibPQ
import Glibc
package import Logging
import Synchronization
import Threads

/// A connection. Every call runs on the actor's own thread, so libpq may block there; several statements that belong
/// together are run without a hop between them by `run`.
///
/// Statements are prepared once and kept by the server, up to `maximumPrepared` texts. A connection that broke stays
/// broken: make a new one, or use `PostgresPool`, which does.
package actor PostgresConnection {
    private let executor: ThreadExecutor
    private let configuration: PostgresConfiguration
    private let logger: Logger
    private var handle: ConnectionHandle?
    private var prepared: [PreparedKey: String] = [:]
    private var preparedCount = 0
    /// As of the last call: whoever lends the connection looks without a hop to its thread.
    private let state = Atomic<State>(.closed)
    /// Its file descriptor, where it is open.
    private let socket = Atomic<Int32>(-1)

    private enum State: UInt8, AtomicRepresentable {
        case closed, idle, inTransaction
    }

    private static let maximumPrepared = 200

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        executor = ThreadExecutor(name: "postgres")
    }

    deinit {
        executor.stop()
    }

    /// - Throws: `PostgresError` of kind `connection`, `unavailable`, `permission`; `other` for a server before 15.
    package static func connect(
        _ configuration: PostgresConfiguration, logger: Logger
    ) async throws(PostgresError) -> PostgresConnection {
        let connection = PostgresConnection(configuration: configuration, logger: logger)
        try await connection.open()
        return connection
    }

    private func open() throws(PostgresError) {
        let handle = try ConnectionHandle(configuration: configuration, logger: logger)
        guard handle.serverVersion >= 150_000 else {
            throw PostgresError(
                kind: .other,
                serverMessage: "PostgreSQL \(handle.serverVersion / 10_000) is too old: version 15 or newer is needed")
        }
        if let presence = configuration.presence { try handle.execute(presence.holding) }
        self.handle = handle
        noteState()
    }

    /// Closes the connection; what is called afterwards throws.
    package func close() {
        handle = nil
        noteState()
    }

    /// False after it was closed or lost, as far as the last call has shown. Any thread, at once.
    package nonisolated var isUsable: Bool { state.load(ordering: .acquiring) != .closed }

    /// Whether the last call has left a transaction open, also one that has failed. Any thread, at once.
    package nonisolated var isInTransaction: Bool { state.load(ordering: .acquiring) == .inTransaction }

    /// Whether nothing has come that no statement asked for: a server that ends says so to those that are idle. Any thread,
    /// at once; only while no statement is under way.
    package nonisolated var isQuiet: Bool {
        var poller = pollfd(fd: socket.load(ordering: .acquiring), events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, 0) == 0
    }

    private func noteState() {
        guard let handle, handle.isUsable else {
            socket.store(-1, ordering: .releasing)
            return state.store(.closed, ordering: .releasing)
        }
        socket.store(handle.socket, ordering: .releasing)
        state.store(handle.isInTransaction ? .inTransaction : .idle, ordering: .releasing)
    }

    /// `180006` for 18.6.
    package var serverVersion: Int { handle?.serverVersion ?? 0 }

    /// Runs `body` on the connection's thread, in one hop, however many statements it has.
    ///
    /// Cancelling the task cancels the statement under way at the server and closes the connection, because the
    /// cancellation might otherwise hit the statement of whoever uses it next.
    package func run<Value: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> Value
    ) async throws -> Value {
        let canceller = try use().canceller
        // Once the handler below can't run any more: a cancellation that came after the statement's end counts, too.
        defer {
            if Task.isCancelled { close() }
            noteState()
        }
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try body(self)
        } onCancel: {
            canceller.cancel()
        }
    }

    // MARK: - Statements, to be used inside `run`

    /// Runs one statement and returns its rows.
    @discardableResult
    package func query(
        _ sql: String, _ parameters: [PostgresValue] = []
    ) throws(PostgresError) -> PostgresRows {
        let results = try pipeline([PostgresStatement(sql, parameters)])
        guard let result = results.first else { throw Self.closed }
        return try result.get()
    }

    /// Runs statements without parameters by the simple protocol, as one transaction unless they say otherwise.
    package func execute(_ script: String) throws(PostgresError) {
        defer { noteState() }
        try use().execute(script)
    }

    /// Sends statements in one go and returns one result for each. Where one fails, those after it are not run and
    /// have its error.
    ///
    /// - Throws: only where the connection itself fails.
    package func pipeline(
        _ statements: [PostgresStatement]
    ) throws(PostgresError) -> [Result<PostgresRows, PostgresError>] {
        guard !statements.isEmpty else { return [] }
        defer { noteState() }
        let handle = try use()
        if preparedCount >= Self.maximumPrepared && !handle.isInTransaction { try forgetPrepared(handle) }
        var newlyPrepared: [PreparedKey] = []
        let calls = statements.map { statement in call(statement) { newlyPrepared.append($0) } }
        let results: [Result<PostgresRows, PostgresError>]
        do {
            results = try handle.pipeline(calls)
        } catch {
            self.handle = nil
            throw error
        }
        if results.contains(where: { $0.isFailure }) {
            // Which of the new ones the server has is not known; another name costs nothing.
            for key in newlyPrepared { prepared[key] = nil }
            if results.contains(where: { $0.needsNewPlans }) { prepared.removeAll() }
        }
        return results
    }

    /// Sends a statement whose rows `nextRow` returns.
    func startRows(_ statement: PostgresStatement) throws(PostgresError) {
        let handle = try use()
        if preparedCount >= Self.maximumPrepared && !handle.isInTransaction { try forgetPrepared(handle) }
        var newlyPrepared: PreparedKey?
        let call = call(statement) { newlyPrepared = $0 }
        do {
            try handle.startRows(call)
        } catch {
            if let newlyPrepared { prepared[newlyPrepared] = nil }
            if error.kind == .connection { self.handle = nil }
            throw error
        }
    }

    /// Waits for the next row; `nil` after the last.
    func nextRow() throws(PostgresError) -> PostgresRows? {
        do {
            return try use().nextRow()
        } catch {
            if error.kind == .connection { handle = nil }
            throw error
        }
    }

    /// Names a statement, if it is to be prepared.
    private func call(_ statement: PostgresStatement, _ preparing: (PreparedKey) -> Void) -> PipelineCall {
        guard statement.isPrepared else { return PipelineCall(statement: statement, name: nil, mustPrepare: false) }
        let key = PreparedKey(sql: statement.sql, types: statement.parameters.map(\.type))
        if let name = prepared[key] { return PipelineCall(statement: statement, name: name, mustPrepare: false) }
        preparedCount += 1
        let name = "s\(preparedCount)"
        prepared[key] = name
        preparing(key)
        return PipelineCall(statement: statement, name: name, mustPrepare: true)
    }

    /// Runs `body` between `BEGIN` and `COMMIT`; rolls back where it throws.
    package func transaction<Value>(_ body: () throws -> Value) throws -> Value {
        try query("BEGIN")
        do {
            let value = try body()
            try query("COMMIT")
            return value
        } catch {
            rollBack()
            throw error
        }
    }

    /// Ends the transaction that is open, if any. Never throws: a connection that can't is closed.
    package func rollBack() {
        defer { noteState() }
        guard let handle, handle.isInTransaction else { return }
        do {
            try handle.execute("ROLLBACK")
        } catch {
            self.handle = nil
        }
    }

    private func forgetPrepared(_ handle: ConnectionHandle) throws(PostgresError) {
        try handle.execute("DEALLOCATE ALL")
        prepared.removeAll()
        preparedCount = 0
    }

    private func use() throws(PostgresError) -> ConnectionHandle {
        guard let handle, handle.isUsable else {
            self.handle = nil
            throw Self.closed
        }
        return handle
    }

    private static var closed: PostgresError {
        PostgresError(kind: .connection, serverMessage: "the connection is closed")
    }
}

/// A text may be prepared for several sets of parameter types.
private struct PreparedKey: Hashable {
    let sql: String
    let types: [UInt32]
}

extension Result where Success == PostgresRows, Failure == PostgresError {
    fileprivate var isFailure: Bool {
        if case .failure = self { true } else { false }
    }

    /// 0A000: "cached plan must not change result type"; 26000: the server does not know the name any more.
    fileprivate var needsNewPlans: Bool {
        guard case .failure(let error) = self else { return false }
        return error.sqlState == "0A000" || error.sqlState == "26000"
    }
}
