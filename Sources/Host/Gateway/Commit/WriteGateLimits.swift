// The limits within which the gateway accepts writes.

/// Limits of a `WriteGate`.
package struct WriteGateLimits: Sendable {
    /// Writes whose storage is under way at the same time.
    package var maximumInFlight = 4_096
    /// Idempotency keys remembered.
    package var recentKeys = 32_768
    /// Failures in a row that open the circuit.
    package var failureLimit = 5
    /// How long the circuit stays open before a trial.
    package var openFor: Duration = .seconds(10)
    /// `Retry-After` where JetStream did not answer.
    package var retryAfter: Duration = .seconds(2)
    /// `Retry-After` where the stream is full.
    package var retryAfterFull: Duration = .seconds(5)

    package init() {}
}
