// Whether PostgreSQL is ready, and its database there.
import Logging
import Postgres

enum PostgresStart {
    /// Connects, and makes the database where it is missing.
    static func isReady(_ configuration: PostgresConfiguration, database: String) async -> Bool {
        do {
            let connection = try await PostgresConnection.connect(configuration, logger: Logger(label: "stack"))
            try await connection.run { connection in
                let rows = try connection.query("SELECT 1 FROM pg_database WHERE datname = $1", [.text(database)])
                // The name is this program's own, never a user's.
                if rows.count == 0 { try connection.execute("CREATE DATABASE \(database)") }
            }
            await connection.close()
            return true
        } catch {
            return false
        }
    }
}
