// How a worker goes on where a process before it may have died.
import Postgres

/// Decides whether a batch is applied whole, message by message, or given up.
///
/// A message that kills its process (through its plugin, say) must not do so for ever. A worker that can't know how the
/// one before it ended records an attempt before it begins: `write_partitions` counts how often work began at the same
/// message. From the second time on messages go alone, for as many as the batch that failed may have had; one that
/// three attempts did not get past is poison; `AttemptTurns` and `AttemptRecord` see that an attempt counts against one message,
/// and only where its process died. What was never delivered before was in nobody's hands, and is not recorded:
/// that would be one more transaction for each batch.
struct AttemptCaution {
    enum Step: Equatable {
        case together
        case alone
        case poison
    }

    /// How many attempts a message gets.
    static let maximumAttempts = 3

    private let batchSize: Int
    /// Up to this stream sequence messages may have been in hand when a process died.
    private var suspectedThrough: UInt64 = 0
    private var aloneLeft = 0

    /// - Parameter batchSize: how many messages a batch has at most.
    init(batchSize: Int) {
        self.batchSize = batchSize
    }

    /// Whether an attempt has to be recorded before the message is touched.
    func isCautious(at streamSequence: UInt64) -> Bool { streamSequence <= suspectedThrough || aloneLeft > 0 }

    /// Whether messages go one by one, whatever their attempts.
    var goesAlone: Bool { aloneLeft > 0 }

    /// Somebody else may have had these messages in hand: they were delivered before.
    mutating func suspect(through streamSequence: UInt64) {
        suspectedThrough = max(suspectedThrough, streamSequence)
    }

    /// - Parameter attempts: how often work has begun at the next message, this time included.
    mutating func step(attempts: Int) -> Step {
        if attempts > 1 { aloneLeft = max(aloneLeft, batchSize) }
        if attempts > Self.maximumAttempts { return .poison }
        return aloneLeft > 0 ? .alone : .together
    }

    /// Whether an attempt counts although its process lived through it: PostgreSQL refuses what the message has in it, and
    /// would do so each time. Everything else passes by itself, or is mended by somebody.
    static func counts(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError, error.sqlState != nil else { return false }
        return switch error.kind {
        case .constraint, .data, .other: true
        case .connection, .unavailable, .transient, .undefined, .permission, .cancelled: false
        }
    }

    /// So many messages are decided: applied or given up.
    mutating func passed(_ count: Int) {
        aloneLeft = max(0, aloneLeft - count)
    }
}
