// A host's connections as a service.
package import JetStream
import ServiceLifecycle

/// Holds the connections, and closes them when everything that uses them has ended: it stands first in the group. Where NATS
/// refuses the host for good it ends the host, for whoever supervises it to start it again.
package struct HostConnections: Service {
    package typealias Close = @Sendable () async -> Void

    private let nats: NATSConnection
    private let held: [any Sendable]
    private let others: [Close]

    /// How long NATS' handlers may take with what has arrived.
    private static let drainTimeout = Duration.seconds(2)

    /// - Parameters:
    ///   - held: subscriptions, which last as long as they are held.
    ///   - others: close what is not NATS, in this order, once NATS is closed.
    package init(nats: NATSConnection, holding held: [any Sendable] = [], others: [Close] = []) {
        self.nats = nats
        self.held = held
        self.others = others
    }

    package func run() async throws {
        if await cancelWhenGracefulShutdown({ [nats] in await nats.waitUntilGivenUp() }) {
            throw HostFailure(
                "NATS has refused this host for good: its user or password is no longer valid, its account has expired or "
                    + "has too many connections. The lines before say which; mend NATS_URL or NATS_CREDENTIALS_FILE.")
        }
        // Also where the group is cancelled. What is still queued, acknowledgements among it, goes out first.
        await nats.drain(timeout: Self.drainTimeout)
        for close in others { await close() }
        withExtendedLifetime(held) {}
    }
}
