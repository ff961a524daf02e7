// A connection that a server refuses for good.
import Hosting
import Logging
import Testing

@testable import JetStream

@Suite(.timeLimit(.minutes(1))) struct GivenUpConnectionTests {
    private static func users(_ password: String) -> String {
        "authorization { user: \"ada\", password: \"\(password)\" }"
    }

    @Test func endsTheHostThatIsNotLetInAgain() async throws {
        let server = try await NATSServer(Self.users("old"))
        let connection = try await server.connect(userInfo: "ada:old@")
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        async let status = HostRun.run(
            services: [HostConnections(nats: connection)], shutdownGrace: .seconds(5), logger: logger)
        await server.kill()
        try server.configure(Self.users("new"))
        try await server.start()
        #expect(await status == 1)
        #expect(await connection.waitUntilGivenUp())
    }

    @Test func waitsWhileTheServerIsAwayAndEndsWhenItIsClosed() async throws {
        let server = try await NATSServer()
        let connection = try await server.connect()
        async let isGivenUp = connection.waitUntilGivenUp()
        await server.kill()
        #expect(try await eventually { !connection.isConnected })
        try await server.start()
        #expect(try await eventually { connection.isConnected })
        await connection.close()
        #expect(await !isGivenUp)
    }
}
