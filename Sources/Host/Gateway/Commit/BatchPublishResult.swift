// What JetStream said to an atomic batch.

/// The answer to an atomic batch.
package enum BatchPublishResult: Sendable, Hashable {
    /// All are stored, the last under `lastSequence`.
    case stored(lastSequence: UInt64, count: Int)
    /// None is stored; a duplicate in it, or the stream is full. One by one each gets its own answer.
    case refused
    /// This server takes no atomic batches. None is stored, or each is stored by itself.
    case unsupported
    /// No answer: all or none may be stored.
    case unknown
}
