// The owner of libpq's connection object.
import CLibPQ
import Glibc
import Logging

/// Owns a `PGconn`. Used on one thread only, which may block.
/// https://www.postgresql.org/docs/current/libpq.html
final class ConnectionHandle {
    private let connection: OpaquePointer
    let canceller: StatementCanceller
    private let notices: Unmanaged<NoticeLog>
    private let logger: Logger
    private var lastRefusalLogged: ContinuousClock.Instant?

    /// Between two lines about refused statements: a plugin that is wrong may have thousands a second.
    private static let refusalInterval = Duration.seconds(1)
    /// duplicate_table, duplicate_object, duplicate_schema: somebody else made it at the same time.
    private static let duplicates: Set<String> = ["42P07", "42710", "42P06"]

    init(configuration: PostgresConfiguration, logger: Logger) throws(PostgresError) {
        let parameters = configuration.parameters
        var keywords: [UnsafePointer<CChar>?] = parameters.map { UnsafePointer(strdup($0.keyword)) } + [nil]
        var values: [UnsafePointer<CChar>?] = parameters.map { UnsafePointer(strdup($0.value)) } + [nil]
        defer { for text in keywords + values { free(UnsafeMutablePointer(mutating: text)) } }
        // 1: the value of `dbname` may be a connection string; keywords after it win over what stands in it.
        guard let connection = PQconnectdbParams(&keywords, &values, 1) else {
            throw PostgresError(kind: .connection, serverMessage: "out of memory")
        }
        guard PQstatus(connection) == CONNECTION_OK, let cancel = PQgetCancel(connection) else {
            let message = String(cString: PQerrorMessage(connection))
            PQfinish(connection)
            throw Self.connectionError(message)
        }
        self.connection = connection
        self.logger = logger
        canceller = StatementCanceller(taking: cancel)
        notices = Unmanaged.passRetained(NoticeLog(logger: logger))
        PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context, let result else { return }
                Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue().log(result)
            }, notices.toOpaque())
    }

    deinit {
        PQfinish(connection)
        notices.release()
    }

    var serverVersion: Int { Int(PQserverVersion(connection)) }
    var isUsable: Bool { PQstatus(connection) == CONNECTION_OK }

    /// Also true in a transaction that has failed.
    var isInTransaction: Bool {
        let status = PQtransactionStatus(connection)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    // MARK: - Simple protocol

    func execute(_ script: String) throws(PostgresError) {
        guard let result = PQexec(connection, script) else { throw lostConnection() }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
        default: throw error(of: result)
        }
    }

    /// Runs a command by the simple protocol.
    ///
    /// - Returns: the values of its first row; empty where there is none.
    func firstRow(of command: String) throws(PostgresError) -> [String?] {
        guard let result = PQexec(connection, command) else { throw lostConnection() }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_TUPLES_OK else { throw error(of: result) }
        guard PQntuples(result) > 0 else { return [] }
        return (0..<PQnfields(result)).map { column in
            PQgetisnull(result, 0, column) == 1 ? nil : PQgetvalue(result, 0, column).map { String(cString: $0) }
        }
    }

    // MARK: - Copy in both directions

    /// Runs a command that begins to copy in both directions.
    func startCopy(_ command: String) throws(PostgresError) {
        guard let result = PQexec(connection, command) else { throw lostConnection() }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COPY_BOTH else { throw error(of: result) }
    }

    /// - Returns: the next message; `nil` where none is there yet.
    /// - Throws: where the server has ended the copy.
    func readCopy() throws(PostgresError) -> [UInt8]? {
        var buffer: UnsafeMutablePointer<CChar>?
        let length = PQgetCopyData(connection, &buffer, 1)
        defer { if let buffer { PQfreemem(buffer) } }
        if length == 0 { return nil }
        guard length > 0, let buffer else {
            guard let result = PQgetResult(connection) else { throw lostConnection() }
            defer { PQclear(result) }
            throw PQresultStatus(result) == PGRES_FATAL_ERROR ? error(of: result) : lostConnection()
        }
        return buffer.withMemoryRebound(to: UInt8.self, capacity: Int(length)) {
            Array(UnsafeBufferPointer(start: $0, count: Int(length)))
        }
    }

    func writeCopy(_ bytes: [UInt8]) throws(PostgresError) {
        let result = bytes.withUnsafeBytes { bytes in
            PQputCopyData(connection, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        guard result == 1, PQflush(connection) == 0 else { throw lostConnection() }
    }

    /// Waits until the socket has something to read, or the time is over.
    func waitReadable(milliseconds: Int32) -> Bool {
        var poller = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, milliseconds) > 0
    }

    func consumeInput() throws(PostgresError) {
        guard PQconsumeInput(connection) == 1 else { throw lostConnection() }
    }

    // MARK: - Pipeline

    /// Sends all calls and one sync, then reads a result for each.
    ///
    /// - Throws: where the connection is lost; then nothing is known about any call.
    func pipeline(_ calls: [PipelineCall]) throws(PostgresError) -> [Result<PostgresRows, PostgresError>] {
        guard PQenterPipelineMode(connection) == 1 else { throw lostConnection() }
        for call in calls {
            if call.mustPrepare { try sendPrepare(call) }
            try sendQuery(call)
        }
        guard PQpipelineSync(connection) == 1 else { throw lostConnection() }
        var results: [Result<PostgresRows, PostgresError>] = []
        results.reserveCapacity(calls.count)
        var firstError: PostgresError?
        for call in calls {
            var failure: PostgresError?
            if call.mustPrepare { failure = try nextResult().failure }
            let outcome = try nextResult()
            if failure == nil { failure = outcome.failure }
            if case .aborted = outcome, failure == nil { failure = firstError }
            if let failure {
                firstError = firstError ?? failure
                results.append(.failure(firstError ?? failure))
            } else if case .rows(let rows) = outcome {
                results.append(.success(rows))
            }
        }
        try readSync()
        guard results.count == calls.count, PQexitPipelineMode(connection) == 1 else { throw lostConnection() }
        return results
    }

    // MARK: - Row by row

    /// Sends one call whose rows `nextRow` then returns as they come.
    ///
    /// In pipeline mode as well: only there libpq leaves single-row mode behind the last row. Otherwise it lasts until the
    /// next statement outside of a pipeline, and results of a pipeline come row by row.
    func startRows(_ call: PipelineCall) throws(PostgresError) {
        guard PQenterPipelineMode(connection) == 1 else { throw lostConnection() }
        if call.mustPrepare { try sendPrepare(call) }
        try sendQuery(call)
        guard PQpipelineSync(connection) == 1 else { throw lostConnection() }
        if call.mustPrepare, let failure = try nextResult().failure {
            // The call itself was not run.
            _ = try nextResult()
            try endRows()
            throw failure
        }
        guard PQsetSingleRowMode(connection) == 1 else { throw lostConnection() }
    }

    /// Waits for the next row; `nil` after the last. Not to be called again then.
    ///
    /// - Throws: where the statement fails, also after some rows.
    func nextRow() throws(PostgresError) -> PostgresRows? {
        guard let result = PQgetResult(connection) else { throw lostConnection() }
        if PQresultStatus(result) == PGRES_SINGLE_TUPLE { return PostgresRows(taking: result) }
        let failure = PQresultStatus(result) == PGRES_TUPLES_OK ? nil : error(of: result)
        PQclear(result)
        try skipResults()
        if failure == nil || isUsable { try endRows() }
        if let failure { throw failure }
        return nil
    }

    private func endRows() throws(PostgresError) {
        try readSync()
        guard PQexitPipelineMode(connection) == 1 else { throw lostConnection() }
    }

    private func sendPrepare(_ call: PipelineCall) throws(PostgresError) {
        guard let name = call.name else { return }
        let types = call.statement.parameters.map { Oid($0.type) }
        guard PQsendPrepare(connection, name, call.statement.sql, Int32(types.count), types) == 1 else {
            throw lostConnection()
        }
    }

    private func sendQuery(_ call: PipelineCall) throws(PostgresError) {
        let parameters = call.statement.parameters
        let types = parameters.map { Oid($0.type) }
        let count = Int32(parameters.count)
        let lengths = parameters.map { Int32($0.bytes?.count ?? 0) }
        let formats = parameters.map { Int32($0.isBinary ? 1 : 0) }
        let isSent = withPointers(parameters) { values in
            if let name = call.name {
                PQsendQueryPrepared(connection, name, count, values, lengths, formats, 0)
            } else {
                PQsendQueryParams(connection, call.statement.sql, count, types, values, lengths, formats, 0)
            }
        }
        guard isSent == 1 else { throw lostConnection() }
    }

    /// Lends libpq a pointer to each value for the length of one call; it copies them into its own buffer.
    private func withPointers(
        _ parameters: [PostgresValue], _ body: ([UnsafePointer<CChar>?]) -> Int32
    ) -> Int32 {
        func lend(_ index: Int, _ pointers: inout [UnsafePointer<CChar>?]) -> Int32 {
            guard index < parameters.count else { return body(pointers) }
            guard let bytes = parameters[index].bytes else {
                pointers.append(nil)
                return lend(index + 1, &pointers)
            }
            return bytes.withUnsafeBytes { buffer in
                // An empty array may have no address, which libpq would take for NULL.
                pointers.append((buffer.baseAddress ?? Self.emptyValue).assumingMemoryBound(to: CChar.self))
                return lend(index + 1, &pointers)
            }
        }
        var pointers: [UnsafePointer<CChar>?] = []
        pointers.reserveCapacity(parameters.count)
        return lend(0, &pointers)
    }

    // A static string's address is valid for as long as the process lives.
    private static var emptyValue: UnsafeRawPointer { UnsafeRawPointer(("" as StaticString).utf8Start) }

    private enum Outcome {
        case rows(PostgresRows)
        case failed(PostgresError)
        case aborted

        var failure: PostgresError? {
            if case .failed(let error) = self { error } else { nil }
        }
    }

    /// The result of one call and the NULL after it.
    private func nextResult() throws(PostgresError) -> Outcome {
        guard let result = PQgetResult(connection) else { throw lostConnection() }
        let outcome: Outcome
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            outcome = .rows(PostgresRows(taking: result))
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            outcome = .aborted
        default:
            outcome = .failed(error(of: result))
            PQclear(result)
        }
        try skipResults()
        guard isUsable else {
            if case .failed(let error) = outcome, error.sqlState != nil { throw error }
            throw lostConnection()
        }
        return outcome
    }

    /// Skips what is left of a statement, up to the NULL after it.
    ///
    /// - Throws: where the statement copies: libpq gives that result again and again, and the connection is of no use any
    ///   more.
    private func skipResults() throws(PostgresError) {
        while let result = PQgetResult(connection) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw PostgresError(kind: .connection, serverMessage: "a statement began to copy in a pipeline")
            default: break
            }
        }
    }

    private func readSync() throws(PostgresError) {
        guard let result = PQgetResult(connection) else { throw lostConnection() }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw lostConnection() }
    }

    // MARK: - Errors

    private func lostConnection() -> PostgresError {
        PostgresError(kind: .connection, serverMessage: String(cString: PQerrorMessage(connection)))
    }

    private static func connectionError(_ message: String) -> PostgresError {
        // libpq gives no SQLSTATE for a refused start-up; the server's words are stable for these.
        let kind: PostgresError.Kind =
            if message.contains("password authentication failed") || message.contains("no pg_hba.conf entry") {
                .permission
            } else if message.contains("does not exist") && message.contains("FATAL") {
                .undefined
            } else {
                .connection
            }
        return PostgresError(kind: kind, serverMessage: message)
    }

    private func error(of result: OpaquePointer) -> PostgresError {
        func field(_ code: UnicodeScalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        // PG_DIAG_SQLSTATE and its siblings (postgres_ext.h).
        let state = field("C")
        let error = PostgresError(
            kind: state.map(PostgresError.kind(ofSQLState:)) ?? .connection, sqlState: state,
            constraintName: field("n"), tableName: field("t"), columnName: field("c"),
            serverMessage: String(cString: PQresultErrorMessage(result)))
        logRefusal(error)
        return error
    }

    /// A statement that can never work is for the operator to know: who waits for it is told no names.
    private func logRefusal(_ error: PostgresError) {
        guard let state = error.sqlState, state.hasPrefix("42"), !Self.duplicates.contains(state) else { return }
        let now = ContinuousClock.now
        if let last = lastRefusalLogged, now - last < Self.refusalInterval { return }
        lastRefusalLogged = now
        logger.warning("PostgreSQL refused a statement", metadata: ["err": "\(error)"])
    }
}
