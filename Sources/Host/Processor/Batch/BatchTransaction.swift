// Batches of some partitions of one table, applied in one transaction.
import OperationRecords
import Operations
import PluginHost
import Postgres
import Tables

/// Applies batches: the partitions' rows are locked, what is decided already is left out, the operations are recorded
/// in `write_operations`, and the rows of those that were new are written, all in one transaction.
///
/// Runs on the connection's own thread, without a suspension, so that nothing comes between its statements.
struct BatchTransaction {
    let table: LoadedTable
    /// Each in stream order, one partition after another: an entity has all its writes in one partition.
    let operations: [PreparedOperation]
    /// The partition of each operation.
    let partitions: [Int64]
    /// Which stream the sequences are of: in another one they mean nothing.
    let stream: String
    /// By partition: everything at or below this sequence is decided by this transaction.
    let through: [Int64: UInt64]
    /// By partition: everything at or below this sequence was decided before, as its worker knows.
    let decidedBefore: [Int64: UInt64]
    /// What is known of the partitions that bring the rows referred to.
    let parents: ParentProgress
    /// The last batch's; all operations end then.
    let now: Timestamp

    /// - Parameter batches: of one generation of one table, no two of one partition.
    init?(_ batches: [PartitionBatch]) {
        guard let first = batches.first else { return nil }
        table = first.table
        stream = first.position.stream
        operations = batches.flatMap(\.operations)
        partitions = batches.flatMap { batch in batch.operations.map { _ in Int64(batch.partition) } }
        through = Dictionary(batches.map { (Int64($0.partition), $0.through) }) { max($0, $1) }
        decidedBefore = Dictionary(batches.map { (Int64($0.partition), $0.position.last) }) { max($0, $1) }
        // Asked only where a batch goes alone.
        parents = batches.count == 1 ? first.parents : ParentProgress()
        now = batches.map(\.now).max { $0.microseconds < $1.microseconds } ?? first.now
    }

    /// Whether batches of several partitions share it.
    private var isShared: Bool { through.count > 1 }

    /// What the transaction has decided.
    struct Result: Sendable {
        /// `pg_current_xact_id()`; change events of this transaction carry it.
        var transactionID: String
        /// One for each operation of the batch, those included that had been decided before.
        var statuses: [OperationStatus]
        /// The kinds of the operations that are completed, those included that had been before: where the answer to that
        /// commit was lost, nobody has invalidated for them.
        var kinds: Set<OperationKind>
    }

    /// The partition's row is gone, since somebody cleared `write_partitions`, or is about another stream, or is behind what
    /// was decided: the database has lost its last transactions, as after a fail-over. The worker sees to it.
    struct StalePosition: Error, CustomStringConvertible {
        let table: String

        var description: String {
            "write_partitions lacks a row for a partition of \(table) in this stream of writes, or that row is older than "
                + "what was decided: the partition is worked again from where it is"
        }
    }

    /// An operation that can't be decided yet: the row that it refers to may still be on its way.
    struct Blocked: Error {
        /// Its position in the batch, which had the transaction to itself; those before it can be decided now.
        var position: Int
    }

    func run(on connection: isolated PostgresConnection) throws -> Result {
        do {
            if canGoAtOnce, let result = try attemptAtOnce(on: connection) { return result }
            return try attempt(on: connection, .whole)
        } catch let error as PostgresError where error.isRefusal && !isShared {
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
            PostgresStatement("BEGIN"), lockPartitions(), recordOperations(),
        ])
        defer { if !isCommitted { connection.rollBack() } }
        let locked = try opening[1].get()
        guard locked.count == through.count, let transactionID = locked.string(0, 2) else {
            throw StalePosition(table: table.descriptor.name)
        }
        let recorded = try Self.operationIDs(opening[2].get())
        let isNew = areNew(recorded: recorded, last: Self.lastDecided(locked))
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
        if !decided.isEmpty { closing.append(RecordedOperations.lookUp(decided.map { operations[$0].operationID })) }
        closing.append(moveLast())
        closing.append(PostgresStatement("COMMIT"))
        let closed = try connection.pipeline(closing)
        for result in closed { _ = try result.get() }
        isCommitted = true

        let known = decided.isEmpty ? [:] : try RecordedOperations.statuses(closed[lookUpIndex].get())
        let endedAt = now.description
        let ended = operations.indices.compactMap { position -> (kind: OperationKind, status: OperationStatus)? in
            let operation = operations[position]
            if !isNew[position] {
                // The first request under this id decides; another one under the same key is told so.
                return known[operation.operationID].map { (kind: operation.kind, status: $0) }
            }
            let status = operation.status(
                error: operation.error ?? failures[position], table: table.descriptor.name, attempts: 1,
                endedAt: endedAt)
            return (kind: operation.kind, status: status)
        }
        return Result(transactionID: transactionID, ended: ended)
    }

    /// Which operations this transaction decides: those above their partition's `last` that it has recorded. Of several
    /// messages under one id the first one counts.
    private func areNew(recorded: Set<OperationID>, last: [Int64: UInt64]) -> [Bool] {
        var recorded = recorded
        var isNew = [Bool](repeating: false, count: operations.count)
        let sequences = operations.map(\.streamSequence)
        for index in operations.indices.sorted(by: { sequences[$0] < sequences[$1] })
        where sequences[index] > last[partitions[index]] ?? 0 {
            isNew[index] = recorded.remove(operations[index].operationID) != nil
        }
        return isNew
    }
}

extension BatchTransaction.Result {
    init(transactionID: String, ended: [(kind: OperationKind, status: OperationStatus)]) {
        self.init(
            transactionID: transactionID, statuses: ended.map(\.status),
            kinds: Set(ended.filter { $0.status.state == .completed }.map(\.kind)))
    }
}
