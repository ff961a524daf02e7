// What an id that JetStream knows already was used for.

/// What is stored under a duplicate's id.
package enum DuplicateFinding: Sendable, Equatable {
    /// The same request, accepted at that time (RFC 3339).
    case sameRequest(acceptedAt: String)
    /// Another request used the key: 422.
    case otherRequest
    /// The message is decided and no longer there; the status route will tell by the fingerprint.
    case gone
    /// JetStream did not say; the reason is for the log.
    case failed(String)
}
