// The owner of libpq's connection object.
import CLibPQ
import Glibc
import Logging

/// Owns a `PGconn`. Used on one thread only, which may block.
/// https://www.postgresql.org/docs/current/libpq.html
final class ConnectionHandle {
    let connection: OpaquePointer
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
            throw PostgresError(connectionMessage: message)
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
    var socket: Int32 { PQsocket(connection) }
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

    // MARK: - Errors

    func lostConnection() -> PostgresError {
        PostgresError(kind: .connection, serverMessage: String(cString: PQerrorMessage(connection)))
    }

    func error(of result: OpaquePointer) -> PostgresError {
        let error = PostgresError(result: result)
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
