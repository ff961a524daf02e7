// Statements for which a pipeline has no room.
import Foundation
import Logging
import Postgres
import Stack
import Testing

@Suite("Statements that copy")
struct CopyTests {
    @Test("end the connection with an error, and wait for nobody", .timeLimit(.minutes(3)))
    func copy() async throws {
        let folder = NSTemporaryDirectory() + "jspg-copy-\(UUID().uuidString.prefix(8))"
        let server = try await PostgresServer.make(in: folder)
        defer {
            PostgresServer.removeData(of: folder)
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await server.start()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        for sql in ["COPY pg_class TO STDOUT", "COPY things FROM STDIN"] {
            let connection = try await PostgresConnection.connect(
                PostgresConfiguration(url: server.url, applicationName: "jspg-test"), logger: logger)
            let error = try await #require(throws: PostgresError.self) {
                try await connection.run { connection in
                    try connection.execute("CREATE TEMPORARY TABLE things (id int)")
                    _ = try connection.pipeline([PostgresStatement(sql)])
                }
            }
            #expect(error.kind == .connection && !connection.isUsable)
        }
        await server.stop()
    }
}
