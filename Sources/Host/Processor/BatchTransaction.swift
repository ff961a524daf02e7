// One batch of one partition, applied in one transaction.
import Operations
import PluginHost
import Postgres
import Tables

/// Applies a batch: the partition's row is locked, what is decided already is left out, the operations are recorded
/// in `write_operations`, and the rows of those that were new are written, all in one transaction.
///
/// Runs on the connection's own thread, without a suspension, so that nothing comes between its statements.
struct BatchTransaction {
    let table: LoadedTable
    let partition: Int
    /// In stream order.
    let operations: [PreparedOperation]
    /// Everything at or below this sequence is decided by this transaction.
    let through: UInt64
    /// What is known of the partitions that bring the rows referred to.
    let parents: ParentProgress
    /// When the batch began; all its operations end then.
    let now: Timestamp

    /// What the transaction has decided.
    struct Result: Sendable {
        /// `pg_current_xact_id()`; change events of this transaction carry it.
        var transactionID: String
        /// One for each operation of the batch, those included that had been decided before.
        var statuses: [OperationStatus]
        /// The kinds of the operations that changed rows in this transaction.
        var kinds: Set<OperationKind>
    }

    /// The partition's row is gone: somebody cleared `write_partitions`. The worker makes it anew.
    struct MissingPartition: Error, CustomStringConvertible {
        let table: String
        let partition: Int

        var description: String { "write_partitions has no row for partition \(partition) of \(table)" }
    }

    /// An operation that can't be decided yet: the row that it refers to may still be on its way.
    struct Blocked: Error {
        /// Its position in the batch; those before it can be decided now.
        var position: Int
    }

    func run(on connection: isolated PostgresConnection) throws -> Result {
        do {
            return try attempt(on: connection, .whole)
        } catch let error as PostgresError where error.isRefusal {
            // Some row was refused. Which one, and whether order matters, shows in smaller and smaller pieces.
            return try attempt(on: connection, .pieceByPiece)
        }
    }

    // MARK: - The transaction

    private enum Way {
        case whole, pieceByPiece
    }

    private func attempt(on connection: isolated PostgresConnection, _ way: Way) throws -> Result {
        var isCommitted = false
        let opening = try connection.pipeline([
            PostgresStatement("BEGIN"),
            PostgresStatement(
                """
                SELECT last, pg_current_xact_id()::text FROM write_partitions
                WHERE table_name = $1 AND partition = $2 FOR UPDATE
                """, [.text(table.descriptor.name), .int4(Int32(partition))]),
            recordOperations(),
        ])
        defer { if !isCommitted { connection.rollBack() } }
        let partitionRow = try opening[1].get()
        guard let last = partitionRow.int64(0, 0), let transactionID = partitionRow.string(0, 1) else {
            throw MissingPartition(table: table.descriptor.name, partition: partition)
        }
        let recorded = try Self.operationIDs(opening[2].get())
        let isNew = operations.map { recorded.contains($0.operationID) && $0.streamSequence > UInt64(last) }
        let toWrite = operations.indices.filter { isNew[$0] && operations[$0].error == nil }

        let failures =
            switch way {
            case .whole: try write(on: connection, toWrite)
            case .pieceByPiece: try writePieceByPiece(on: connection, toWrite)
            }

        var closing: [PostgresStatement] = []
        if !failures.isEmpty { closing.append(recordFailures(failures)) }
        let decided = operations.indices.filter { !isNew[$0] }
        let lookUpIndex = closing.count
        if !decided.isEmpty { closing.append(lookUp(decided)) }
        closing.append(moveLast())
        closing.append(PostgresStatement("COMMIT"))
        let closed = try connection.pipeline(closing)
        for result in closed { _ = try result.get() }
        isCommitted = true

        let known = decided.isEmpty ? [:] : try Self.statuses(closed[lookUpIndex].get())
        let endedAt = now.description
        let statuses = operations.indices.compactMap { position -> OperationStatus? in
            let operation = operations[position]
            if !isNew[position] {
                // The first request under this id decides; another one under the same key is told so.
                return known[operation.operationID]
            }
            return operation.status(
                error: operation.error ?? failures[position], table: table.descriptor.name, attempts: 1,
                endedAt: endedAt)
        }
        let kinds = Set(toWrite.filter { failures[$0] == nil }.map { operations[$0].kind })
        return Result(transactionID: transactionID, statuses: statuses, kinds: kinds)
    }
}
