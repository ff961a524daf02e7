// Whether a connection can be used.

/// The states that a connection goes through, as it tells its observers.
package enum NATSConnectionState: Sendable, Hashable {
    case connected
    /// Lost; libnats tries to get it back without limit.
    case disconnected
    /// Closed by this process, for good.
    case closed
}
