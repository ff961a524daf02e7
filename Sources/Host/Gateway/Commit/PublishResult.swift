// What JetStream said to one message.

/// The answer to one message published by itself.
package enum PublishResult: Sendable, Hashable {
    /// Stored under `sequence`; a duplicate was stored before, under that sequence.
    case stored(sequence: UInt64, isDuplicate: Bool)
    /// Certainly not stored.
    case refused(CommitRefusal)
    /// No answer: it may be stored.
    case unknown(String)
}
