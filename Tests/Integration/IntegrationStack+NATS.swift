// NATS of a stack, for tests that look at streams.
import JetStream
import Logging
import Stack

extension IntegrationStack {
    /// A connection of the test's own.
    func nats() async throws -> NATSConnection {
        try await NATSConnection.connect(
            NATSConfiguration(url: endpoints.urls["nats"] ?? "", name: "test"), logger: Logger(label: "test"))
    }
}
