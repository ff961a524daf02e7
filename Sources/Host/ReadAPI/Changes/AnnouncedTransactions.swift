// Transactions that processors have invalidated for already.
import Operations
import Synchronization

/// Remembers the transactions that processors named in their done messages: they invalidated the table after the commit,
/// so the change events of the same transaction need not do it again, which would halve the hit ratio under writes.
///
/// An event that comes before its done message, or whose message was lost, invalidates; that is only less good. Any thread.
final class AnnouncedTransactions: Sendable {
    private struct Transaction: Hashable {
        let table: String
        /// The lower 32 bits of `pg_current_xact_id()`: what change events carry.
        let id: UInt32
    }

    private struct State {
        /// When each was heard of last.
        var known: [Transaction: ContinuousClock.Instant] = [:]
        /// In the order in which they came; the oldest are forgotten.
        var order: [Transaction] = []
        var oldest = 0
    }

    private static let capacity = 10_000
    /// A database that was restored, or failed over, uses ids again; an event rarely comes so long after its message.
    private static let memory = Duration.seconds(60)

    private let state = Mutex(State())

    /// Takes the body of a done message.
    func take(_ message: [UInt8], at now: ContinuousClock.Instant = .now) {
        guard let (table, text) = DoneMessage.transaction(in: message), let id = UInt64(text) else { return }
        let transaction = Transaction(table: table, id: UInt32(truncatingIfNeeded: id))
        state.withLock { state in
            guard state.known.updateValue(now, forKey: transaction) == nil else { return }
            if state.order.count < Self.capacity {
                state.order.append(transaction)
            } else {
                state.known[state.order[state.oldest]] = nil
                state.order[state.oldest] = transaction
                state.oldest = (state.oldest + 1) % Self.capacity
            }
        }
    }

    /// Whether an event of this transaction may be left out.
    ///
    /// - Parameter id: as the event has it; a number of 32 bits.
    func covers(table: String, transaction id: String, at now: ContinuousClock.Instant = .now) -> Bool {
        guard let id = UInt64(id) else { return false }
        let transaction = Transaction(table: table, id: UInt32(truncatingIfNeeded: id))
        return state.withLock { $0.known[transaction].map { now - $0 < Self.memory } ?? false }
    }
}
