// The whole transaction in one round trip.
import Operations
import PluginHost
import Postgres
import Tables

extension BatchTransaction {
    /// Whether everything can be sent before anything is known: the plugin's own SQL has to see what is new first.
    var canGoAtOnce: Bool { !table.hasOwnSQL }

    /// Sends all statements and the commit together. That is right as long as every operation is new and every row that is
    /// to be changed is there, as nearly always; statements fail where it is not so, and with them the transaction.
    ///
    /// - Returns: `nil` where it was not so: nothing has happened then, and another attempt has to look.
    /// - Throws: `PostgresError` where any row was refused, too; nothing has happened then.
    func attemptAtOnce(on connection: isolated PostgresConnection) throws -> Result? {
        let positions = operations.indices.filter { operations[$0].error == nil }
        let steps = steps(of: positions)
        var statements = [
            PostgresStatement("BEGIN"), movePartitions().demanding(through.count), recordNewOperations(),
        ]
        for step in steps {
            let statement = rowStatement(for: step, among: positions)
            let mustExist = step.kind == .update || step.kind == .delete
            statements.append(mustExist ? statement.demanding(step.positions.count) : statement)
        }
        statements.append(PostgresStatement("COMMIT"))
        let results = try connection.pipeline(statements)
        do {
            for result in results { _ = try result.get() }
        } catch let error {
            connection.rollBack()
            if error.sqlState == PostgresStatement.demandFailed || Self.isOfRecordedOperation(error) { return nil }
            throw error
        }
        guard let transactionID = try results[1].get().string(0, 1) else {
            throw StalePosition(table: table.descriptor.name)
        }
        let endedAt = now.description
        return Result(
            transactionID: transactionID,
            statuses: operations.map {
                $0.status(error: $0.error, table: table.descriptor.name, attempts: 1, endedAt: endedAt)
            },
            kinds: Set(positions.map { operations[$0].kind }))
    }
}

extension BatchTransaction {
    private static func isOfRecordedOperation(_ error: PostgresError) -> Bool {
        error.kind == .constraint(.unique) && error.tableName == "write_operations"
    }
}

extension PostgresStatement {
    /// invalid_text_representation
    fileprivate static let demandFailed = "22P02"

    /// The same statement, which fails where it does not return just `count` rows: SQL has no `RAISE`, so a text that is
    /// no number is read as one, and PostgreSQL's log shows that text.
    fileprivate func demanding(_ count: Int) -> PostgresStatement {
        PostgresStatement(
            """
            WITH done AS (\(sql))
            SELECT (CASE WHEN count(*) = $\(parameters.count + 1) THEN '1'
                    ELSE 'jspg: not all is as nearly always, the batch is applied step by step' END)::int,
                pg_current_xact_id()::text
            FROM done
            """,
            parameters + [.int8(Int64(count))])
    }
}
