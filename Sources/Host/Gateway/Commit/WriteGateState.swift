// How the gateway's core is, for `/health`.

/// A look at a `WriteGate` at one moment.
package struct WriteGateState: Sendable, Equatable {
    /// Writes whose storage is under way.
    package let inFlight: Int
    package let maximumInFlight: Int
    package let isCircuitOpen: Bool
    /// Whether a write would be tried: also with an open circuit, once it is time for the trial that closes it.
    package let takesWrites: Bool
    package let consecutiveFailures: Int
}
