// Up to where PostgreSQL may forget its WAL: pure.

/// Follows which changes are stored, in order, and says what may be confirmed: the end of a transaction once all its
/// changes and all before it are stored, never more.
struct ConfirmablePosition {
    private struct Transaction {
        var changes: Int
        /// `nil`: its commit has not been received yet.
        var end: LogSequenceNumber?
    }

    private var transactions: [Transaction] = []
    /// Changes stored of the first transaction.
    private var stored = 0
    /// Everything before it is stored.
    private(set) var confirmable: LogSequenceNumber

    /// - Parameter start: where the slot begins.
    init(start: LogSequenceNumber) {
        confirmable = start
    }

    /// Whether everything that was received is stored.
    var isIdle: Bool { transactions.isEmpty }

    /// A change was received.
    mutating func received(changes: Int = 1) {
        if transactions.last.map({ $0.end != nil }) ?? true { transactions.append(Transaction(changes: 0)) }
        transactions[transactions.count - 1].changes += changes
    }

    /// The commit of the transaction under way was received; it may have had no change.
    mutating func committed(end: LogSequenceNumber) {
        if transactions.last.map({ $0.end != nil }) ?? true { transactions.append(Transaction(changes: 0)) }
        transactions[transactions.count - 1].end = end
        advance()
    }

    /// The next changes, in the order in which they were received, are stored.
    mutating func stored(changes: Int) {
        stored += changes
        advance()
    }

    /// The server has sent everything up to there, whether it concerns the publication or not.
    mutating func idle(upTo end: LogSequenceNumber) {
        if isIdle { confirmable = max(confirmable, end) }
    }

    private mutating func advance() {
        var finished = 0
        while finished < transactions.count, let end = transactions[finished].end,
            stored >= transactions[finished].changes
        {
            stored -= transactions[finished].changes
            confirmable = max(confirmable, end)
            finished += 1
        }
        transactions.removeFirst(finished)
    }
}
