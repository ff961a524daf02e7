// Brings a schema up to date.

/// Applies migrations, each in a transaction of its own, under an advisory lock, so that any number of hosts may do so
/// at the same time. What was applied is remembered in `jspg_migrations` with its checksum.
package enum MigrationRunner {
    /// The advisory lock of all migrations: "jspg" in ASCII.
    private static let lock: Int64 = 0x6a73_7067

    private static let bookkeeping = """
        CREATE TABLE IF NOT EXISTS jspg_migrations (
            owner text NOT NULL,
            version integer NOT NULL,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (owner, version)
        )
        """

    /// How long a migration waits for a lock at a time: whoever comes after it waits along with it.
    private static let lockTimeout = Duration.milliseconds(500)
    /// Between two attempts, from the first to the last: much longer than the others had to wait.
    private static let pauses = Duration.seconds(1)...Duration.seconds(5)
    private static let maximumAttempts = 10
    /// Between two looks whether another host is done.
    private static let turnInterval = Duration.milliseconds(200)

    /// Applies what is missing.
    ///
    /// - Parameters:
    ///   - owner: `jspg` for the hosts' own tables, a table's name for a plugin's.
    ///   - migrations: numbered from 1 without a gap.
    ///   - waits: whether to wait while another host applies migrations, which may take an hour for an index.
    ///     The database may have later ones of a plugin: these only add, so an older version runs on the schema of a newer
    ///     one, after a rollback and while a newer one is rolled out.
    /// - Returns: what was applied now, in order; empty where nothing was missing.
    /// - Throws: `MigrationError`, `busy` only without `waits`; `PostgresError` where the database is away or the user may not do this.
    package static func run(
        owner: String, migrations: [Migration], on connection: PostgresConnection, waits: Bool = true
    ) async throws -> [Migration] {
        for (position, migration) in migrations.enumerated() where migration.version != position + 1 {
            throw MigrationError.unordered(owner: owner, version: migration.version)
        }
        while true {
            if let applied = try await attempt(owner: owner, migrations: migrations, on: connection) { return applied }
            guard waits else { throw MigrationError.busy(owner: owner) }
            try await Task.sleep(for: turnInterval)
        }
    }

    /// - Returns: `nil` while another host applies migrations.
    private static func attempt(
        owner: String, migrations: [Migration], on connection: PostgresConnection
    ) async throws -> [Migration]? {
        try await connection.run { connection in
            // Nearly always nothing is missing, and whoever has the lock may need an hour for an index of another table.
            if try isBookkept(connection),
                try pending(owner: owner, migrations: migrations, on: connection).isEmpty
            {
                return []
            }
            // Held by the session: each migration has a transaction of its own.
            guard try connection.query("SELECT pg_try_advisory_lock($1)", [.int8(lock)]).string(0, 0) == "t" else {
                return nil
            }
            defer { unlock(connection) }
            try connection.execute("SET client_min_messages = warning; " + bookkeeping)
            let pending = try pending(owner: owner, migrations: migrations, on: connection)
            for migration in pending { try apply(migration, owner: owner, on: connection) }
            return pending
        }
    }

    /// Whether there ever were migrations. A user who may not make tables may go on with those that there are.
    private static func isBookkept(_ connection: isolated PostgresConnection) throws -> Bool {
        try connection.query("SELECT to_regclass('jspg_migrations') IS NOT NULL").string(0, 0) == "t"
    }

    /// What is not applied yet.
    private static func pending(
        owner: String, migrations: [Migration], on connection: isolated PostgresConnection
    ) throws -> [Migration] {
        let rows = try connection.query(
            "SELECT version, name, checksum FROM jspg_migrations WHERE owner = $1 ORDER BY version", [.text(owner)])
        var applied = 0
        for row in 0..<rows.count {
            let version = Int(rows.int64(row, 0) ?? 0)
            let name = rows.string(row, 1) ?? ""
            if owner != HostMigrations.owner && applied == migrations.count { break }
            guard version == applied + 1, version <= migrations.count else {
                throw MigrationError.missing(owner: owner, version: version, name: name)
            }
            guard rows.string(row, 2) == migrations[version - 1].checksum else {
                throw MigrationError.changed(owner: owner, version: version, name: migrations[version - 1].name)
            }
            applied = version
        }
        return Array(migrations[applied...])
    }

    private static func apply(
        _ migration: Migration, owner: String, on connection: isolated PostgresConnection
    ) throws {
        var attempts = 0
        while true {
            attempts += 1
            do {
                try connection.transaction {
                    // A migration that waits for a lock holds up everybody who comes after it.
                    try connection.execute("SET LOCAL lock_timeout = \(lockTimeout / .milliseconds(1))")
                    try connection.execute(migration.sql)
                    try connection.query(
                        "INSERT INTO jspg_migrations (owner, version, name, checksum) VALUES ($1, $2, $3, $4)",
                        [
                            .text(owner), .int4(Int32(migration.version)), .text(migration.name),
                            .text(migration.checksum),
                        ])
                }
                return
            } catch let error as PostgresError {
                if error.isUnavailable { throw error }
                if error.isTransient && attempts < maximumAttempts {
                    let pause = min(pauses.lowerBound * attempts, pauses.upperBound)
                    // On the server, so that a stop ends it like any statement.
                    try connection.query("SELECT pg_sleep($1 / 1000.0)", [.int8(Int64(pause / .milliseconds(1)))])
                    continue
                }
                throw MigrationError.failed(
                    owner: owner, version: migration.version, name: migration.name,
                    reason: error.serverMessage.split(separator: "\n").first.map(String.init)
                        ?? error.safeDescription)
            }
        }
    }

    private static func unlock(_ connection: isolated PostgresConnection) {
        do {
            try connection.query("SELECT pg_advisory_unlock($1)", [.int8(lock)])
            // Others use the connection next: what a migration has SET goes, what the connection was made with stays.
            try connection.execute("RESET ALL; RESET ROLE")
        } catch {
            // The lock goes with the session.
            connection.close()
        }
    }
}
