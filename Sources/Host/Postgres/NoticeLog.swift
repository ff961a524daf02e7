// What the server says besides answering.
import CLibPQ
import Logging

/// Passes notices and warnings of the server to the log, at the level that fits.
final class NoticeLog {
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// Called by libpq on the connection's thread. Borrows the result.
    func log(_ result: OpaquePointer) {
        // PG_DIAG_SEVERITY_NONLOCALIZED and PG_DIAG_SQLSTATE.
        let severity = PQresultErrorField(result, Int32(UnicodeScalar("V").value)).map { String(cString: $0) } ?? ""
        let state = PQresultErrorField(result, Int32(UnicodeScalar("C").value)).map { String(cString: $0) } ?? ""
        // The text of a notice may quote statements and values, so it is for debugging only.
        logger.log(
            level: severity == "WARNING" ? .warning : .debug, "PostgreSQL sent a notice",
            metadata: ["severity": "\(severity)", "sqlState": "\(state)"])
        logger.trace("notice", metadata: ["text": "\(String(cString: PQresultErrorMessage(result)))"])
    }
}
