// A host's connection to NATS.
package import JetStream
package import Logging
package import Streams

extension NATSSettings {
    /// What a host begins with.
    ///
    /// - Parameters:
    ///   - host: `jspg-gateway`, as the server's monitoring shows it.
    ///   - timeout: how long a server that can't be reached is waited for.
    /// - Throws: the sentence that ends the host.
    package func connect(
        host: String, within timeout: Duration, logger: Logger
    ) async throws(HostFailure) -> NATSConnection {
        do {
            return try await connect(as: host, within: timeout, logger: logger)
        } catch {
            throw HostFailure("NATS can't be used: \(error). Check NATS_URL and that nats-server runs.")
        }
    }
}
