// Migrations beside what else uses the database.
import Foundation
import Logging
import Postgres
import Stack
import Testing

@Suite("Migrations", .serialized)
struct MigrationTests {
    private func withServer(_ body: (_ connect: () async throws -> PostgresConnection) async throws -> Void)
        async throws
    {
        let folder = NSTemporaryDirectory() + "jspg-migrations-\(UUID().uuidString.prefix(8))"
        let server = try await PostgresServer.make(in: folder)
        defer {
            PostgresServer.removeData(of: folder)
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await server.start()
        do {
            try await body {
                try await PostgresConnection.connect(
                    PostgresConfiguration(url: server.url, applicationName: "jspg-test"),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func migrate(_ sql: String, on connection: PostgresConnection) async throws -> Int {
        try await MigrationRunner.run(
            owner: "things", migrations: [Migration(version: 1, name: "first", sql: sql)], on: connection
        ).count
    }

    @Test("what a migration sets is gone after it, what the connection was made with stays", .timeLimit(.minutes(3)))
    func settings() async throws {
        try await withServer { connect in
            let connection = try await connect()
            let sql = """
                SET statement_timeout = '1min'; SET TimeZone = 'Asia/Tokyo'; CREATE ROLE other SUPERUSER; SET ROLE other
                """
            #expect(try await migrate(sql, on: connection) == 1)
            let values = try await connection.run { connection in
                let rows = try connection.query(
                    "SELECT current_setting('statement_timeout'), current_setting('TimeZone'), current_user::text")
                return (0..<rows.columnCount).map { rows.string(0, $0) }
            }
            #expect(values == ["0", "UTC", "jetstream"])
            await connection.close()
        }
    }

    @Test(
        "where nothing is missing, nobody else's migration is waited for, and no right to make tables is needed",
        .timeLimit(.minutes(3)))
    func nothingMissing() async throws {
        try await withServer { connect in
            let connection = try await connect()
            let other = try await connect()
            #expect(try await migrate("CREATE TABLE things ()", on: connection) == 1)
            // As where it makes an index for an hour.
            try await other.run { _ = try $0.query("SELECT pg_advisory_lock(\(0x6a73_7067))") }
            #expect(try await migrate("CREATE TABLE things ()", on: connection) == 0)
            try await other.run { connection in
                try connection.query("CREATE ROLE worker")
                try connection.query("GRANT SELECT ON jspg_migrations TO worker")
            }
            try await connection.run { _ = try $0.query("SET ROLE worker") }
            #expect(try await migrate("CREATE TABLE things ()", on: connection) == 0)
            await other.close()
            await #expect(throws: PostgresError.self) {
                try await MigrationRunner.run(
                    owner: "more", migrations: [Migration(version: 1, name: "first", sql: "SELECT")], on: connection)
            }
            await connection.close()
        }
    }

    @Test("while another host applies migrations the caller waits, or is told so", .timeLimit(.minutes(3)))
    func busy() async throws {
        try await withServer { connect in
            let (connection, other) = (try await connect(), try await connect())
            try await other.run { _ = try $0.query("SELECT pg_advisory_lock(\(0x6a73_7067))") }
            let migrations = [Migration(version: 1, name: "first", sql: "CREATE TABLE things ()")]
            let error = await #expect(throws: MigrationError.self) {
                try await MigrationRunner.run(owner: "things", migrations: migrations, on: connection, waits: false)
            }
            #expect("\(try #require(error))".contains("another host applies migrations"))
            async let applied = MigrationRunner.run(owner: "things", migrations: migrations, on: connection)
            try await Task.sleep(for: .milliseconds(500))
            await other.close()
            #expect(try await applied.count == 1)
            await connection.close()
        }
    }

    @Test("a migration that waits for a lock lets others at the table in between", .timeLimit(.minutes(3)))
    func locked() async throws {
        try await withServer { connect in
            let (connection, holder, reader) = (try await connect(), try await connect(), try await connect())
            try await holder.run { connection in
                try connection.query("CREATE TABLE things (id int)")
                // As pg_dump does.
                try connection.query("BEGIN")
                try connection.query("SELECT FROM things")
            }
            async let applied = migrate("ALTER TABLE things ADD COLUMN name text", on: connection)
            var longest = Duration.zero
            for _ in 0..<30 {
                let start = ContinuousClock.now
                try await reader.run { _ = try $0.query("SELECT FROM things") }
                longest = max(longest, ContinuousClock.now - start)
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(longest < .seconds(1.5), "\(longest)")
            try await holder.run { _ = try $0.query("COMMIT") }
            #expect(try await applied == 1)
            for connection in [connection, holder, reader] { await connection.close() }
        }
    }
}
