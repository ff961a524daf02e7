// What a read is answered with where PostgreSQL did not give the rows.
import HTTP
import Postgres

extension Problem {
    /// 503; `nil` for an error that waiting does not end.
    init?(reading error: PostgresError) {
        switch error.sqlState {
        case "42P01", "42703":
            self = Problem(.unavailable, "The table is not in PostgreSQL yet: its migrations were not applied.")
                .retryAfter(.seconds(5))
        case _ where error.isUnavailable || error.isTransient || error.isRefusedConnection || error.kind == .cancelled:
            self = Problem(.unavailable, "PostgreSQL can't be read now, and this is not in the cache. Try again.")
                .retryAfter(.seconds(1))
        default:
            return nil
        }
    }
}
