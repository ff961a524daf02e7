// The gateway's NATS connection as a service.
package import JetStream
import ServiceLifecycle

/// Keeps the connection until everything that uses it has stopped, then closes it.
package struct NATSService: Service {
    private let connection: NATSConnection

    package init(_ connection: NATSConnection) {
        self.connection = connection
    }

    package func run() async throws {
        // Ends also where the group is cancelled; the connection is closed either way.
        try? await gracefulShutdown()
        await connection.close()
    }
}
