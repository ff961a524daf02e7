// Whether a connection can be used.

/// The states that a connection goes through, as it tells its observers.
package enum NATSConnectionState: Sendable, Hashable {
    case connected
    /// Lost; libnats tries to get it back without limit.
    case disconnected
    /// Closed for good: by this process, or by libnats, which takes some errors of a server for final (`isGivenUp`).
    case closed
}
