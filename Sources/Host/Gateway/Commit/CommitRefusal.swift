// Why JetStream did not store a write.

/// Why a write was not stored.
package enum CommitRefusal: Sendable, Hashable {
    /// The stream is at its `max_bytes` and discards new messages.
    case streamFull
    /// JetStream can't be reached, has no such stream, or refused; the reason is for the log.
    case unavailable(String)
    /// The message is larger than the server takes.
    case tooLarge
}
