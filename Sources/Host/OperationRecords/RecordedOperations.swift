// How operations ended, as `write_operations` has it.
import JSON
package import Operations
package import Postgres

/// Reads the rows of operations that have ended.
package enum RecordedOperations {
    /// Looks up those among `ids` that have ended. One whose sequence is negative was put back (`jspg dlq replay`) and has not.
    package static func lookUp(_ ids: [OperationID]) -> PostgresStatement {
        PostgresStatement(
            """
            SELECT operation_id::text, status, table_name, entity_id, error::text, attempts, encode(fingerprint, 'hex'),
                to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
            FROM write_operations WHERE operation_id = ANY ($1) AND stream_sequence > 0
            """, [.uuidArray(ids.map(\.bytes))])
    }

    /// - Parameter rows: the answer to `lookUp`.
    package static func statuses(_ rows: PostgresRows) -> [OperationID: OperationStatus] {
        var statuses: [OperationID: OperationStatus] = [:]
        statuses.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            guard let id = rows.string(row, 0).flatMap({ OperationID($0) }),
                let state = rows.string(row, 1).flatMap(OperationStatus.State.init(rawValue:))
            else { continue }
            let error = rows.bytes(row, 4).flatMap { try? JSONDocument(parsing: $0) }
            statuses[id] = OperationStatus(
                operationID: id, state: state, table: rows.string(row, 2), entityID: rows.string(row, 3),
                error: error.flatMap { OperationError($0.root) },
                attempts: rows.int64(row, 5).map(Int.init(clamping:)) ?? 1,
                fingerprint: rows.string(row, 6).flatMap(Fingerprint.init(hexadecimal:)), endedAt: rows.string(row, 7))
        }
        return statuses
    }
}
