// The database when a host starts.
package import Logging

/// Waits until the database can be used.
package struct DatabaseStart: Sendable {
    private let pool: PostgresPool
    private let timeout: Duration
    private let logger: Logger

    /// - Parameter timeout: after this it gives up.
    package init(pool: PostgresPool, timeout: Duration, logger: Logger) {
        self.pool = pool
        self.timeout = timeout
        self.logger = logger
    }

    /// Repeats `body` until PostgreSQL is there.
    ///
    /// - Throws: `DatabaseStartError`, one sentence; `CancellationError`.
    package func run<Value: Sendable>(
        _ body: @Sendable (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let deadline = ContinuousClock.now + timeout
        var hasReported = false
        while true {
            do {
                return try await pool.withConnection { try await body($0) }
            } catch let error as PostgresError where error.isUnavailable {
                guard ContinuousClock.now < deadline else {
                    throw DatabaseStartError(
                        description: "PostgreSQL can't be reached after \(timeout.components.seconds) s: \(error). "
                            + "Check DATABASE_URL and that the server runs.")
                }
                if !hasReported {
                    logger.warning("waiting for PostgreSQL", metadata: ["err": "\(error)"])
                    hasReported = true
                }
                try await Task.sleep(for: .milliseconds(500))
            } catch let error as PostgresError where error.kind == .other && error.sqlState == nil {
                throw DatabaseStartError(description: "\(error).")
            } catch let error as PostgresError {
                throw DatabaseStartError(
                    description: "PostgreSQL refuses: \(error). Check user, password and database in DATABASE_URL.")
            } catch let error as MigrationError {
                throw DatabaseStartError(description: "\(error)")
            }
        }
    }

    /// Brings the hosts' own tables up to date.
    package func migrate() async throws {
        try await run { connection in
            let applied = try await MigrationRunner.run(
                owner: HostMigrations.owner, migrations: HostMigrations.all, on: connection)
            for migration in applied {
                logger.notice("applied a migration", metadata: ["migration": "\(migration.name)"])
            }
        }
    }
}

/// Why a host can't start with its database; one sentence.
package struct DatabaseStartError: Error, Sendable, CustomStringConvertible {
    package let description: String
}
