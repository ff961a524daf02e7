// Statements of a plugin on their way to PostgreSQL.
import Postgres

/// Collects the statements of operations, so that they go out together. A query sends what was collected before it; the
/// operation under way is then behind a savepoint, so that it can still be undone alone. On one thread.
final class OwnStatements {
    private var statements: [PostgresStatement] = []
    /// Where the statements of the operation under way begin.
    private var start = 0
    /// Whether some of them were sent already.
    private var isSent = false
    /// The first refusal: the transaction is aborted.
    private(set) var error: PostgresError?

    func append(_ statement: PostgresStatement) {
        statements.append(statement)
    }

    func beginOperation() {
        start = statements.count
        isSent = false
    }

    func keepOperation() {
        if isSent { statements.append(PostgresStatement("RELEASE SAVEPOINT own_sql")) }
        isSent = false
        start = statements.count
    }

    /// - Returns: whether the transaction has to go back to the savepoint `own_sql`.
    func dropOperation() -> Bool {
        statements.removeSubrange(start...)
        defer { isSent = false }
        return isSent && error == nil
    }

    /// Sends everything.
    ///
    /// - Returns: the rows of the last statement; `nil` where any was refused, or there was none.
    func send(
        by pipeline: ([PostgresStatement]) throws(PostgresError) -> [Result<PostgresRows, PostgresError>]
    ) -> PostgresRows? {
        guard error == nil, !statements.isEmpty else { return nil }
        if start < statements.count && !isSent {
            statements.insert(PostgresStatement("SAVEPOINT own_sql"), at: start)
            isSent = true
        }
        defer {
            statements.removeAll(keepingCapacity: true)
            start = 0
        }
        do throws(PostgresError) {
            var last: PostgresRows?
            for result in try pipeline(statements) { last = try result.get() }
            return last
        } catch {
            self.error = error
            return nil
        }
    }
}
