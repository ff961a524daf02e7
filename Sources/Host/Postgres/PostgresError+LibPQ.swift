// What libpq says of a failure, as an error.
import CLibPQ

extension PostgresError {
    /// - Parameter result: of a statement that failed; stays the caller's.
    init(result: OpaquePointer) {
        func field(_ code: UnicodeScalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        // PG_DIAG_SQLSTATE and its siblings (postgres_ext.h).
        let state = field("C")
        self.init(
            kind: state.map(Self.kind(ofSQLState:)) ?? .connection, sqlState: state,
            constraintName: field("n"), tableName: field("t"), columnName: field("c"),
            serverMessage: String(cString: PQresultErrorMessage(result)))
    }

    /// - Parameter connectionMessage: what libpq said where it could not connect.
    init(connectionMessage: String) {
        // libpq gives no SQLSTATE for a refused start-up; the server's words are stable for these.
        let kind: Kind =
            if connectionMessage.contains("password authentication failed")
                || connectionMessage.contains("no pg_hba.conf entry")
            {
                .permission
            } else if connectionMessage.contains("does not exist") && connectionMessage.contains("FATAL") {
                .undefined
            } else {
                .connection
            }
        self.init(kind: kind, serverMessage: connectionMessage)
    }
}
