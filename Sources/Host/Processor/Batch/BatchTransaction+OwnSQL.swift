// Rows that a plugin writes itself.
import Operations
import PluginHost
import Postgres
import Tables

extension BatchTransaction {
    /// Lets the plugin write, one operation after another in stream order. What it only executes is collected and sent
    /// in one go.
    ///
    /// - Returns: the operations that the plugin rejected; nothing of them stays.
    /// - Throws: `PostgresError` where any statement was refused; the transaction is aborted then.
    func writeWithOwnSQL(
        on connection: isolated PostgresConnection, _ positions: [Int]
    ) throws -> [Int: OperationError] {
        var failures: [Int: OperationError] = [:]
        let queue = OwnStatements()
        let pipeline = { (statements: [PostgresStatement]) throws(PostgresError) in
            try connection.pipeline(statements)
        }
        for position in positions {
            let operation = operations[position]
            queue.beginOperation()
            let transaction = PluginTransaction(
                execute: { sql, values in queue.append(Self.statement(sql, values)) },
                query: { sql, values in
                    queue.append(Self.statement(sql, values))
                    return Self.rows(queue.send(by: pipeline))
                })
            do throws(PluginRejection) {
                try table.write(
                    kind: operation.kind, entityID: operation.entityID, body: operation.body, now: now.microseconds,
                    in: transaction,
                    for: PluginCallOrigin(operation: operation.operationID, fingerprint: operation.fingerprint))
                queue.keepOperation()
            } catch {
                failures[position] = error.operationError(table: table.descriptor.name)
                if queue.dropOperation() {
                    try connection.execute("ROLLBACK TO SAVEPOINT own_sql; RELEASE SAVEPOINT own_sql")
                }
            }
            if let error = queue.error { throw error }
        }
        _ = queue.send(by: pipeline)
        if let error = queue.error { throw error }
        return failures
    }

    private static func statement(_ sql: String, _ values: [PluginTransaction.Value]) -> PostgresStatement {
        PostgresStatement(
            sql, values.map { $0.map { .inferred(String(decoding: $0, as: UTF8.self)) } ?? .null })
    }

    private static func rows(_ rows: PostgresRows?) -> [[PluginTransaction.Value]]? {
        guard let rows else { return nil }
        return (0..<rows.count).map { row in (0..<rows.columnCount).map { rows.bytes(row, $0) } }
    }
}
