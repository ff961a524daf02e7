// How often work has begun at a message: in the database, which outlives the process.
import Postgres

/// The attempts that `write_partitions` counts for one partition. Those that ended a process stay counted; those that a
/// process has lived through it takes back.
///
/// An attempt is its process's for as long as that lives and has not ended it: nobody else begins at the message meanwhile,
/// or an attempt would count whose process is well. What decides the message ends it, too.
///
/// Where somebody's transaction has the row, `begin` says so rather than wait: whoever waits keeps a connection from other
/// tables.
struct AttemptRecord: Sendable {
    /// What became of the wish to begin.
    enum Beginning: Equatable {
        /// Everything up to there is decided, the message included.
        case decided(through: UInt64)
        /// Another process has begun at it, and lives.
        case othersAttempt
        /// Somebody's transaction has the partition's row: nothing is recorded.
        case isLocked
        /// There were as many attempts as there may be, or more.
        case exceeds
        /// So often has work begun at it, this time included; 1 where nothing is counted.
        case begun(attempts: Int)
    }

    let pool: PostgresPool
    /// This process's, which the pool's connections hold.
    let presence: ProcessPresence
    let table: String
    let partition: Int

    /// Counts one more attempt, unless the message is decided already or somebody works on it. What this process has begun
    /// and not ended is the same attempt.
    ///
    /// - Parameters:
    ///   - stream: which stream the sequence is of: when it was made.
    ///   - limit: how many attempts there may be with this one.
    ///   - insists: whether to begin also where another process has and lives, as the same attempt: it may be paused, or be held
    ///     up by what does not concern this one. Not at the last attempt that the message has.
    func begin(at streamSequence: UInt64, of stream: String, limit: Int, insists: Bool) async throws -> Beginning {
        let rows: PostgresRows
        do {
            rows = try await pool.query(
                """
                WITH locked AS (
                    SELECT last, last >= $3 AS is_decided,
                        CASE WHEN stuck_at = $3 THEN attempts ELSE 0 END AS ended,
                        stuck_at = $3 AND attempted_by = $5 AS is_own,
                        stuck_at = $3 AND attempted_by <> $5 AND \(ProcessPresence.isAlive("attempted_by"))
                            AS is_others
                    FROM write_partitions
                    WHERE table_name = $1 AND partition = $2 AND stream_created = $4 FOR UPDATE NOWAIT),
                attempt AS (
                    SELECT last, is_decided, is_others AND NOT ($6 AND ended < $7) AS is_others,
                        CASE WHEN is_own OR is_others THEN ended ELSE ended + 1 END AS number
                    FROM locked),
                begun AS (
                    UPDATE write_partitions SET stuck_at = $3, attempts = number, attempted_by = $5
                    FROM attempt
                    WHERE table_name = $1 AND partition = $2 AND NOT is_decided AND is_others IS NOT TRUE
                        AND number <= $8
                    RETURNING attempts)
                SELECT attempt.last, is_decided, is_others, attempts FROM attempt LEFT JOIN begun ON true
                """,
                message(streamSequence, of: stream) + [
                    .int4(presence.key), .bool(insists), .int4(Int32(AttemptCaution.maximumAttempts)),
                    .int4(Int32(clamping: limit)),
                ])
        } catch let error as PostgresError where error.sqlState == "55P03" {
            return .isLocked
        }
        // Without a row the batch finds out.
        guard let last = rows.int64(0, 0) else { return .begun(attempts: 1) }
        if rows.string(0, 1) == "t" { return .decided(through: UInt64(last)) }
        if let attempts = rows.int64(0, 3) { return .begun(attempts: Int(attempts)) }
        return rows.string(0, 2) == "t" ? .othersAttempt : .exceeds
    }

    /// Whether another process has begun at the message, and lives, and it is not decided.
    func isOthers(at streamSequence: UInt64, of stream: String) async throws -> Bool {
        try await pool.query(
            """
            SELECT FROM write_partitions
            WHERE table_name = $1 AND partition = $2 AND stream_created = $4 AND last < $3 AND stuck_at = $3
                AND attempted_by <> $5 AND \(ProcessPresence.isAlive("attempted_by"))
            """, message(streamSequence, of: stream) + [.int4(presence.key)]
        ).count > 0
    }

    /// It has ended, and its process lives.
    ///
    /// - Parameter counts: whether it was one all the same.
    func end(at streamSequence: UInt64, of stream: String, counts: Bool) async throws {
        try await pool.query(
            """
            UPDATE write_partitions
            SET attempts = CASE WHEN $6 THEN attempts ELSE greatest(attempts - 1, 0) END, attempted_by = NULL
            WHERE table_name = $1 AND partition = $2 AND stream_created = $4 AND stuck_at = $3
                AND attempted_by = $5
            """, message(streamSequence, of: stream) + [.int4(presence.key), .bool(counts)])
    }

    /// Work that waits for something else is no work that a process died of, however often it is begun anew.
    @Sendable func forget() async throws {
        try await pool.query(
            """
            UPDATE write_partitions SET attempts = 0, attempted_by = NULL
            WHERE table_name = $1 AND partition = $2 AND attempts > 0 AND attempted_by = $3
            """, [.text(table), .int4(Int32(partition)), .int4(presence.key)])
    }

    private func message(_ streamSequence: UInt64, of stream: String) -> [PostgresValue] {
        [.text(table), .int4(Int32(partition)), .int8(Int64(clamping: streamSequence)), .text(stream)]
    }
}
