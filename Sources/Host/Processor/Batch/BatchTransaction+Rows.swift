// The table's own rows, as a batch writes them.
import Operations
import PluginHost
import Postgres
import Tables

extension BatchTransaction {
    /// Writes the rows of the operations at `positions`: by the statements of the table, or with the plugin's own SQL.
    ///
    /// - Returns: the operations that could not be carried out.
    /// - Throws: `PostgresError` where any row was refused; the transaction is aborted then.
    func write(on connection: isolated PostgresConnection, _ positions: [Int]) throws -> [Int: OperationError] {
        table.hasOwnSQL
            ? try writeWithOwnSQL(on: connection, positions) : try writeSetBased(on: connection, positions)
    }

    /// The statements that the operations at `positions` take; a step's positions are places in these.
    func steps(of positions: [Int]) -> [Waves.Step] {
        Waves(positions.map { (operations[$0].kind, operations[$0].entityID) }).steps
    }

    func rowStatement(for step: Waves.Step, among positions: [Int]) -> PostgresStatement {
        rowStatement(step.kind, rows: step.positions.map { operations[positions[$0]].row })
    }

    /// Writes the rows of the operations at `positions`, one statement for each step of each wave.
    ///
    /// - Returns: the operations that found no row to change.
    /// - Throws: `PostgresError` where any row was refused; the transaction is aborted then.
    private func writeSetBased(on connection: isolated PostgresConnection, _ positions: [Int]) throws -> [Int:
        OperationError]
    {
        let steps = steps(of: positions)
        guard !steps.isEmpty else { return [:] }
        let results = try connection.pipeline(steps.map { rowStatement(for: $0, among: positions) })
        var failures: [Int: OperationError] = [:]
        for (step, result) in zip(steps, results) {
            let rows = try result.get()
            guard step.kind == .update || step.kind == .delete, rows.count < step.positions.count else { continue }
            var found: Set<String> = []
            for row in 0..<rows.count {
                if let key = rows.string(row, 0) { found.insert(key) }
            }
            for index in step.positions where !found.contains(operations[positions[index]].entityID) {
                failures[positions[index]] = OperationError(
                    code: OperationError.Code.notFound,
                    message: "There is no row with this id, so there was nothing to \(step.kind.rawValue).",
                    status: 404)
            }
        }
        return failures
    }

    /// Writes the rows in stream order where it matters: a piece that PostgreSQL refuses is undone and cut in two,
    /// down to the single operation that fails.
    func writePieceByPiece(
        on connection: isolated PostgresConnection, _ positions: [Int]
    ) throws -> [Int: OperationError] {
        guard !positions.isEmpty else { return [:] }
        try connection.execute("SAVEPOINT piece")
        do {
            let failures = try write(on: connection, positions)
            // What PostgreSQL would check at the commit alone is checked here, where it shows whose it is. When it checks is
            // as before afterwards: a plugin's next statements may rely on that.
            try connection.execute(
                """
                SAVEPOINT checked; SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK TO SAVEPOINT checked; \
                RELEASE SAVEPOINT piece
                """)
            return failures
        } catch let error as PostgresError where error.isRefusal {
            try connection.execute("ROLLBACK TO SAVEPOINT piece; RELEASE SAVEPOINT piece")
            guard positions.count > 1 else {
                let failure = FailureReason.operationError(for: error, in: table.descriptor)
                try checkThatParentsAreDecided(at: positions[0], error: error, failure: failure)
                return [positions[0]: failure]
            }
            let middle = positions.count / 2
            let first = try writePieceByPiece(on: connection, Array(positions[..<middle]))
            let second = try writePieceByPiece(on: connection, Array(positions[middle...]))
            return first.merging(second) { first, _ in first }
        }
    }

    /// A missing parent is a failure only where nothing that was stored before may still bring it.
    private func checkThatParentsAreDecided(at position: Int, error: PostgresError, failure: OperationError) throws {
        guard failure.code == OperationError.Code.foreignKeyViolation, operations[position].kind != .delete,
            !parents.isDecided(before: operations[position], in: table.descriptor)
        else { return }
        throw Blocked(position: position)
    }
}
