// What group commit says of a write.

/// How a write ended.
package enum CommitOutcome: Sendable, Hashable {
    /// Stored. `mayBeOwn`: a duplicate of a message that this very write may have published before.
    case stored(sequence: UInt64, isDuplicate: Bool, mayBeOwn: Bool)
    /// Certainly not stored.
    case refused(CommitRefusal)
    /// It may be stored; sending it again under the same id is harmless.
    case unknown(String)
}
