// The pool of connections.
import Foundation
import Logging
import Postgres
import Stack
import Testing

@Suite("Pool of connections")
struct PoolTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("connections that the server ended while they were idle are replaced before anybody gets one")
    func ended() async throws {
        let folder = NSTemporaryDirectory() + "jspg-pool-\(UUID().uuidString.prefix(8))"
        let server = try await PostgresServer.make(in: folder)
        defer {
            PostgresServer.removeData(of: folder)
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await server.start()
        let configuration = PostgresConfiguration(url: server.url, applicationName: "jspg-test")
        let pool = PostgresPool(configuration, size: 4, logger: logger)
        // Each has a connection of its own while all of them wait.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { try await pool.query("SELECT pg_sleep(0.3)") } }
            try await group.waitForAll()
        }
        #expect(pool.openConnections == 4)
        let other = PostgresPool(configuration, size: 1, logger: logger)
        let ended = try await other.query(
            """
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name = 'jspg-test' AND pid <> pg_backend_pid()
            """
        ).int64(0, 0)
        #expect(ended == 4)
        try await Task.sleep(for: .milliseconds(200))
        for _ in 0..<8 { #expect(try await pool.query("SELECT 1").count == 1) }
        await other.close()
        await pool.close()
        await server.stop()
    }

    @Test("where no connection can be made, all who wait are told at once")
    func refused() async throws {
        // TEST-NET-1 (RFC 5737): nobody answers.
        var configuration = PostgresConfiguration(url: "postgres://test@192.0.2.1/test", applicationName: "jspg-test")
        configuration.connectTimeout = .seconds(2)
        let pool = PostgresPool(configuration, size: 1, logger: logger)
        let start = ContinuousClock.now
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 {
                group.addTask { await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") } != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 5)
        // One after another they would take ten seconds.
        #expect(ContinuousClock.now - start < .seconds(8))
        await pool.close()
    }
}
