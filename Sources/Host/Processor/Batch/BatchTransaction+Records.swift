// The hosts' own tables, as a batch reads and writes them.
import Operations
import PluginHost
import Postgres
import Tables

extension BatchTransaction {
    /// Locks the partitions' rows, for as long as the transaction lasts; returns what is decided in each. One that is
    /// behind what its worker knows to be decided is left out.
    func lockPartitions() -> PostgresStatement {
        let before = decidedBefore.sorted { $0.key < $1.key }
        return PostgresStatement(
            """
            SELECT write_partitions.partition, last, pg_current_xact_id()::text
            FROM write_partitions JOIN unnest($2::bigint[], $3::bigint[]) AS batch (partition, decided)
                ON write_partitions.partition = batch.partition
            WHERE table_name = $1 AND stream_created = $4 AND last >= batch.decided
            ORDER BY write_partitions.partition FOR UPDATE OF write_partitions
            """,
            [
                .text(table.descriptor.name), .int8Array(before.map(\.key)),
                .int8Array(before.map { Int64($0.value) }), .text(stream),
            ])
    }

    /// Locks the partitions' rows and moves what is decided in each, all that come after it: those where everything in the batch
    /// does, and that are not behind what their worker knows to be decided. Returns them.
    func movePartitions() -> PostgresStatement {
        let partitions = through.keys.sorted()
        var first = through
        for (operation, partition) in zip(operations, self.partitions) {
            first[partition] = min(first[partition] ?? .max, operation.streamSequence)
        }
        if partitions.count == 1, let partition = partitions.first {
            // Nothing to lock in an order.
            return PostgresStatement(
                """
                UPDATE write_partitions SET last = $3, stuck_at = NULL, attempts = 0, attempted_by = NULL
                WHERE table_name = $1 AND partition = $2 AND last >= $4 AND last < $5 AND stream_created = $6
                RETURNING partition
                """,
                [
                    .text(table.descriptor.name), .int4(Int32(partition)), .int8(Int64(through[partition] ?? 0)),
                    .int8(Int64(decidedBefore[partition] ?? 0)), .int8(Int64(first[partition] ?? 0)), .text(stream),
                ])
        }
        return PostgresStatement(
            """
            WITH batch AS (
                SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                    AS batch (partition, decided, first, through)),
            locked AS (
                SELECT write_partitions.partition, batch.through
                FROM write_partitions JOIN batch ON write_partitions.partition = batch.partition
                WHERE table_name = $1 AND stream_created = $6 AND last >= batch.decided AND last < batch.first
                ORDER BY write_partitions.partition FOR UPDATE OF write_partitions)
            UPDATE write_partitions SET last = locked.through, stuck_at = NULL, attempts = 0, attempted_by = NULL
            FROM locked WHERE table_name = $1 AND write_partitions.partition = locked.partition
            RETURNING write_partitions.partition
            """,
            [
                .text(table.descriptor.name), .int8Array(partitions),
                .int8Array(partitions.map { Int64(decidedBefore[$0] ?? 0) }),
                .int8Array(partitions.map { Int64(first[$0] ?? 0) }),
                .int8Array(partitions.map { Int64(through[$0] ?? 0) }), .text(stream),
            ])
    }

    /// Records every operation that is above its partition's `last` and was not recorded before, or was put back; returns
    /// their ids.
    func recordOperations() -> PostgresStatement {
        let recording = OperationRecording(operations, table: table.descriptor.name, endedAt: now)
        return recording.unlessRecorded(
            where: """
                batch.stream_sequence >
                    (SELECT last FROM write_partitions
                     WHERE table_name = $1 AND partition = batch.partition AND stream_created = $11)
                """,
            of: ("partition", "bigint[]", .int8Array(recording.order.map { partitions[$0] })), [.text(stream)])
    }

    /// Records every operation, whatever is decided; fails where one of them was recorded before (`isOfRecordedOperation`).
    func recordNewOperations() -> PostgresStatement {
        OperationRecording(operations, table: table.descriptor.name, endedAt: now).failingIfRecorded()
    }

    /// Turns what was recorded as completed into failed, where writing the row showed that it is not.
    func recordFailures(_ failures: [Int: OperationError]) -> PostgresStatement {
        let sorted = failures.sorted { $0.key < $1.key }
        return PostgresStatement(
            """
            UPDATE write_operations SET status = 'failed', error = batch.error::jsonb
            FROM unnest($1::uuid[], $2::text[]) AS batch (operation_id, error)
            WHERE write_operations.operation_id = batch.operation_id
            """,
            [
                .uuidArray(sorted.map { operations[$0.key].operationID.bytes }),
                .textArray(sorted.map { $0.value.json }),
            ])
    }

    /// Everything in the batches is decided.
    func moveLast() -> PostgresStatement {
        let sorted = through.sorted { $0.key < $1.key }
        return PostgresStatement(
            """
            UPDATE write_partitions SET last = greatest(last, batch.through), stuck_at = NULL, attempts = 0, attempted_by = NULL
            FROM unnest($2::bigint[], $3::bigint[]) AS batch (partition, through)
            WHERE table_name = $1 AND write_partitions.partition = batch.partition AND stream_created = $4
            """,
            [
                .text(table.descriptor.name), .int8Array(sorted.map(\.key)),
                .int8Array(sorted.map { Int64($0.value) }), .text(stream),
            ])
    }

    /// By partition, of the rows that the transaction has locked.
    static func lastDecided(_ rows: PostgresRows) -> [Int64: UInt64] {
        var last: [Int64: UInt64] = [:]
        for row in 0..<rows.count {
            if let partition = rows.int64(row, 0), let sequence = rows.int64(row, 1) {
                last[partition] = UInt64(sequence)
            }
        }
        return last
    }

    static func operationIDs(_ rows: PostgresRows) throws -> Set<OperationID> {
        var ids: Set<OperationID> = []
        ids.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            if let text = rows.string(row, 0), let id = OperationID(text) { ids.insert(id) }
        }
        return ids
    }
}
