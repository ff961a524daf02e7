// What migrations leave on a connection.
import Foundation
import Logging
import Postgres
import Stack
import Testing

@Suite("Settings of migrations")
struct MigrationSettingsTests {
    @Test("what a migration sets is gone after it, what the connection was made with stays", .timeLimit(.minutes(3)))
    func settings() async throws {
        let folder = NSTemporaryDirectory() + "jspg-settings-\(UUID().uuidString.prefix(8))"
        let server = try await PostgresServer.make(in: folder)
        defer {
            PostgresServer.removeData(of: folder)
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await server.start()
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(url: server.url, applicationName: "jspg-test"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let sql = """
            SET statement_timeout = '1min'; SET TimeZone = 'Asia/Tokyo'; CREATE ROLE other SUPERUSER; SET ROLE other
            """
        let applied = try await MigrationRunner.run(
            owner: "things", migrations: [Migration(version: 1, name: "set", sql: sql)], on: connection)
        #expect(applied.count == 1)
        let values = try await connection.run { connection in
            let rows = try connection.query(
                "SELECT current_setting('statement_timeout'), current_setting('TimeZone'), current_user::text")
            return (0..<rows.columnCount).map { rows.string(0, $0) }
        }
        #expect(values == ["0", "UTC", "jetstream"])
        await connection.close()
        await server.stop()
    }
}
