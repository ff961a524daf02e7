// The replication slot in PostgreSQL.
import Logging
import Operations
import Postgres

/// Looks at the slot and makes it.
struct ReplicationSlot: Sendable {
    let name: String
    let publication: String
    let pool: PostgresPool

    /// A slot that begins before its publication is there can never be decoded: so none is made.
    struct MissingPublication: Error, CustomStringConvertible {
        let name: String

        var description: String {
            "the publication \(name) is not in the database: make it with CREATE PUBLICATION, or mend CDC_PUBLICATION"
        }
    }

    /// Lets one process at a time look at the slot, make it and begin to use it: while one publishes the rows that there
    /// are, nothing else shows that the slot is in use.
    ///
    /// - Throws: `PostgresError`, with SQLSTATE 55006 where another process is at it, and what `body` throws.
    func withLock<Value>(
        _ configuration: PostgresConfiguration, logger: Logger, _ body: () async throws -> Value
    ) async throws -> Value {
        // One of its own: the lock is the connection's, and goes with it.
        let connection = try await PostgresConnection.connect(configuration, logger: logger)
        do {
            let name = name
            let isFree = try await connection.run { connection in
                // A snapshot may take hours, in which nothing else is asked.
                try connection.execute("SET idle_session_timeout = 0")
                let locked = try connection.query(
                    "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", [.text("jspg-cdc \(name)")])
                return locked.string(0, 0) == "t"
            }
            guard isFree else {
                throw PostgresError(
                    kind: .transient, sqlState: "55006", serverMessage: "another process prepares the slot")
            }
            let value = try await body()
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    /// - Throws: `PostgresError`, with SQLSTATE 55006 where another process uses the slot; `ForeignSlot`.
    func state() async throws -> SlotState {
        let name = name
        return try await pool.run { connection in
            let system = try connection.query("SELECT system_identifier::text FROM pg_control_system()").string(
                0, 0)
            let slot = try connection.query(
                """
                SELECT confirmed_flush_lsn::text, wal_status = 'lost', active,
                    database IS NOT DISTINCT FROM current_database(), database
                FROM pg_replication_slots WHERE slot_name = $1
                """, [.text(name)])
            if slot.count > 0, slot.string(0, 3) != "t" {
                throw ForeignSlot(name: name, database: slot.string(0, 4))
            }
            if slot.string(0, 2) == "t" {
                throw PostgresError(
                    kind: .transient, sqlState: "55006", serverMessage: "another process uses the slot")
            }
            return SlotState(
                confirmed: slot.string(0, 0).flatMap { LogSequenceNumber($0) }, isLost: slot.string(0, 1) == "t",
                system: system ?? "")
        }
    }

    /// Drops the slot, where there is one.
    func drop() async throws {
        try await pool.query(
            """
            SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
            WHERE slot_name = $1 AND database = current_database()
            """, [.text(name)])
    }

    /// Makes the slot; one that lost its WAL is dropped first. On PostgreSQL 17 and later standbys get it too.
    ///
    /// - Returns: where it begins.
    func make(replacing isReplacing: Bool) async throws -> LogSequenceNumber {
        if isReplacing { try await drop() }
        let name = name
        return try await pool.run { connection in
            let failover = connection.serverVersion >= 170_000 ? ", failover => true" : ""
            let made = try connection.query(
                "SELECT lsn::text FROM pg_create_logical_replication_slot($1, 'pgoutput'\(failover))", [.text(name)]
            )
            return made.string(0, 0).flatMap { LogSequenceNumber($0) } ?? LogSequenceNumber(0)
        }
    }

    /// The tables whose changes are published; makes the publication where it is the usual one.
    ///
    /// - Throws: `PostgresError`, `MissingPublication`.
    func tables() async throws -> [CapturedTable] {
        let publication = publication
        return try await pool.run { connection in
            if publication == ChangePublication.name { try ChangePublication.ensure(table: nil, on: connection) }
            let made = try connection.query("SELECT 1 FROM pg_publication WHERE pubname = $1", [.text(publication)])
            guard made.count > 0 else { throw MissingPublication(name: publication) }
            let rows = try connection.query(
                """
                SELECT schemaname, tablename, attnames::text, rowfilter FROM pg_publication_tables
                WHERE pubname = $1
                """, [.text(publication)])
            return (0..<rows.count).map { row in
                CapturedTable(
                    schema: rows.string(row, 0) ?? "", name: rows.string(row, 1) ?? "",
                    columns: rows.string(row, 2) ?? "{}", rowFilter: rows.string(row, 3))
            }
        }
    }

    /// Bytes of WAL that PostgreSQL keeps for the slot; `nil` where there is no slot.
    func keptBytes() async throws -> Int64? {
        try await pool.query(
            """
            SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint FROM pg_replication_slots
            WHERE slot_name = $1 AND database = current_database()
            """, [.text(name)]
        ).int64(0, 0)
    }
}
