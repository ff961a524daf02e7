// The statement that records how operations ended.
import Operations
import Postgres

/// Records operations in `write_operations`: `failed` where they have an error, else `completed`.
struct OperationRecording {
    private let operations: [PreparedOperation]
    private let table: String
    private let endedAt: Timestamp
    /// The operations' indices by id, so that two transactions with ids in common can't deadlock.
    let order: [Int]

    /// - Parameter operations: of one table.
    init(_ operations: [PreparedOperation], table: String, endedAt: Timestamp) {
        self.operations = operations
        self.table = table
        self.endedAt = endedAt
        // Only what is compared is looked at: an operation has many parts, and to copy it counts references to each.
        let keys = operations.map { (id: $0.operationID, sequence: $0.streamSequence) }
        order = operations.indices.sorted { left, right in
            let (left, right) = (keys[left], keys[right])
            return left.id == right.id ? left.sequence < right.sequence : left.id < right.id
        }
    }

    /// Fails where one of them was recorded before.
    func failingIfRecorded() -> PostgresStatement {
        PostgresStatement(
            Self.insertion + """
                unnest(\(Self.arrays)) AS batch (\(Self.columns))
                """,
            parameters)
    }

    /// Leaves out those that were recorded before, unless `jspg dlq replay` has put them back; returns the ids of the others.
    /// Of several under one id the first counts: a statement may not update what it has inserted.
    ///
    /// - Parameters:
    ///   - condition: what else has to hold, in SQL about `batch`; `$1` is the table, `$10` the values of `column`.
    ///   - column: one more of the batch: its name, its array's type, and its values in `order`.
    ///   - more: the parameters from `$11` on.
    func unlessRecorded(
        where condition: String = "true", of column: (name: String, type: String, values: PostgresValue)? = nil,
        _ more: [PostgresValue] = []
    ) -> PostgresStatement {
        PostgresStatement(
            Self.insertion + """
                (SELECT DISTINCT ON (operation_id) batch.*
                 FROM unnest(\(Self.arrays)\(column.map { ", $10::\($0.type)" } ?? ""))
                    AS batch (\(Self.columns)\(column.map { ", \($0.name)" } ?? ""))
                 WHERE \(condition)
                 ORDER BY operation_id, stream_sequence) AS batch
                ON CONFLICT (operation_id) DO UPDATE SET
                    table_name = EXCLUDED.table_name, entity_id = EXCLUDED.entity_id, kind = EXCLUDED.kind,
                    status = EXCLUDED.status, error = EXCLUDED.error, fingerprint = EXCLUDED.fingerprint,
                    attempts = EXCLUDED.attempts, stream_sequence = EXCLUDED.stream_sequence,
                    queued_at = EXCLUDED.queued_at, ended_at = EXCLUDED.ended_at
                WHERE write_operations.stream_sequence < 0
                RETURNING operation_id
                """,
            parameters + (column.map { [$0.values] } ?? []) + more)
    }

    private static let insertion = """
        INSERT INTO write_operations (operation_id, table_name, entity_id, kind, status, error, fingerprint,
            attempts, stream_sequence, queued_at, ended_at)
        SELECT batch.operation_id, $1, batch.entity_id, batch.kind,
            CASE WHEN batch.error IS NULL THEN 'completed' ELSE 'failed' END, batch.error::jsonb, batch.fingerprint,
            1, batch.stream_sequence, batch.queued_at, $2
        FROM\u{20}
        """

    private static let columns = "operation_id, entity_id, kind, error, fingerprint, stream_sequence, queued_at"
    private static let arrays =
        "$3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bigint[], $9::timestamptz[]"

    private var parameters: [PostgresValue] {
        [
            .text(table), .timestamp(microseconds: endedAt.microseconds),
            .array(of: .uuid, order) { index, array in
                operations[index].operationID.withBytes {
                    array.append(UnsafeRawBufferPointer(start: $0, count: 16))
                }
            },
            .array(of: .text, order) { $1.append(operations[$0].entityID) },
            .array(of: .text, order) { $1.append(operations[$0].kind.rawValue) },
            .textArray(order.map { operations[$0].error?.json }),
            .array(of: .bytea, order) { index, array in
                guard let fingerprint = operations[index].fingerprint else { return array.appendNull() }
                fingerprint.withBytes { array.append($0) }
            },
            .int8Array(order.map { Int64(operations[$0].streamSequence) }),
            .timestampArray(order.map { operations[$0].queuedAt.microseconds }),
        ]
    }
}
