// How often work has begun at a message: in the database, which outlives the process.
import Postgres

/// The attempts that `write_partitions` counts for one partition. Those that ended a process stay counted; those that a
/// process has lived through it takes back.
///
/// Where somebody's transaction has the row, `begin` and `count` fail with `lock_not_available` (transient) rather than wait:
/// whoever waits keeps a connection from other tables.
struct AttemptRecord: Sendable {
    let pool: PostgresPool
    let table: String
    let partition: Int

    /// Counts one more attempt, unless the message is decided already.
    ///
    /// - Parameter stream: which stream the sequence is of: when it was made.
    /// - Returns: how often work has begun at this message, this time included; 1 where nothing is counted.
    func begin(at streamSequence: UInt64, of stream: String) async throws -> Int {
        let attempts = try await pool.withConnection { connection in
            try await connection.run { connection in
                try connection.query(
                    """
                    WITH locked AS (
                        SELECT FROM write_partitions WHERE table_name = $1 AND partition = $2 FOR UPDATE NOWAIT)
                    UPDATE write_partitions
                    SET stuck_at = $3, attempts = CASE WHEN stuck_at = $3 THEN attempts + 1 ELSE 1 END
                    FROM locked
                    WHERE table_name = $1 AND partition = $2 AND stream_created = $4 AND last < $3 RETURNING attempts
                    """, message(streamSequence, of: stream)
                ).int64(0, 0)
            }
        }
        // Without a row the batch finds out.
        return attempts.map(Int.init) ?? 1
    }

    /// How often work has begun at a message; `nil` where it is decided.
    func count(at streamSequence: UInt64, of stream: String) async throws -> Int? {
        try await pool.withConnection { connection in
            try await connection.run { connection in
                let rows = try connection.query(
                    """
                    SELECT last >= $3, CASE WHEN stuck_at = $3 THEN attempts ELSE 0 END FROM write_partitions
                    WHERE table_name = $1 AND partition = $2 AND stream_created = $4 FOR SHARE NOWAIT
                    """, message(streamSequence, of: stream))
                return rows.string(0, 0) == "t" ? nil : Int(rows.int64(0, 1) ?? 0)
            }
        }
    }

    /// One attempt less: it has ended, and its process lives.
    func takeBack(at streamSequence: UInt64, of stream: String) async throws {
        try await pool.withConnection { connection in
            try await connection.run { connection in
                _ = try connection.query(
                    """
                    UPDATE write_partitions SET attempts = attempts - 1
                    WHERE table_name = $1 AND partition = $2 AND stream_created = $4 AND stuck_at = $3 AND attempts > 0
                    """, message(streamSequence, of: stream))
            }
        }
    }

    /// Work that waits for something else is no work that a process died of, however often it is begun anew.
    @Sendable func forget() async throws {
        try await pool.withConnection { connection in
            try await connection.run { connection in
                _ = try connection.query(
                    """
                    UPDATE write_partitions SET attempts = 0
                    WHERE table_name = $1 AND partition = $2 AND attempts > 0
                    """, [.text(table), .int4(Int32(partition))])
            }
        }
    }

    private func message(_ streamSequence: UInt64, of stream: String) -> [PostgresValue] {
        [.text(table), .int4(Int32(partition)), .int8(Int64(clamping: streamSequence)), .text(stream)]
    }
}
