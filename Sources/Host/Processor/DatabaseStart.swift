// The database when a host starts.
import HTTP
import Logging
import Postgres

/// Waits for the database and brings the hosts' own tables up to date.
struct DatabaseStart: Sendable {
    let pool: PostgresPool
    /// After this it gives up.
    let timeout: Duration
    let logger: Logger

    /// - Throws: `HostFailure`, one sentence.
    func migrate() async throws {
        let deadline = ContinuousClock.now + timeout
        var hasReported = false
        while true {
            do {
                let applied = try await pool.withConnection { connection in
                    try await MigrationRunner.run(
                        owner: HostMigrations.owner, migrations: HostMigrations.all, on: connection)
                }
                for migration in applied {
                    logger.notice("applied a migration", metadata: ["migration": "\(migration.name)"])
                }
                return
            } catch let error as PostgresError where error.isUnavailable {
                guard ContinuousClock.now < deadline else {
                    throw HostFailure(
                        "PostgreSQL can't be reached after \(timeout.components.seconds) s: \(error). "
                            + "Check DATABASE_URL and that the server runs.")
                }
                if !hasReported {
                    logger.warning("waiting for PostgreSQL", metadata: ["err": "\(error)"])
                    hasReported = true
                }
                try await Task.sleep(for: .milliseconds(500))
            } catch let error as PostgresError where error.kind == .permission || error.kind == .undefined {
                throw HostFailure(
                    "PostgreSQL refuses the connection or the migration: \(error). Check user, password and database "
                        + "in DATABASE_URL.")
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                throw HostFailure("The hosts' tables can't be brought up to date: \(error)")
            }
        }
    }
}
