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

    /// Removes a stream, as an operator does with NATS' own tool.
    func removeStream(_ name: String) async throws {
        let nats = try await nats()
        _ = try await nats.request("$JS.API.STREAM.DELETE.\(name)", payload: [], timeout: .seconds(5))
        await nats.close()
    }
}
