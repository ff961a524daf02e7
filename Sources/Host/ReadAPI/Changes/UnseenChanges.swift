// Captured changes that PostgreSQL does not show yet.

/// PostgreSQL writes a commit to its WAL, from which it is captured, before other sessions see it, and where standbys are
/// synchronous it waits for them in between. Who reads the table in that time still finds the old rows and may cache them
/// after the change was told. So what such a change invalidates is invalidated once more when the change is seen. Pure.
///
/// The snapshot has to be older than the first invalidation: a reader who comes after that sees all that the snapshot sees.
struct UnseenChanges: Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct Untold {
        var tables: Set<String> = []
        let since: Instant
    }

    /// What is not seen by then never will be: a database that was restored has other transactions.
    private static let longest = Duration.seconds(3_600)

    private var transactions: [UInt32: Untold] = [:]
    /// Tables changed by transactions that PostgreSQL could not be asked about.
    private var doubtful: Set<String> = []

    var isEmpty: Bool { transactions.isEmpty && doubtful.isEmpty }

    /// Takes note of changes that are told now.
    ///
    /// - Parameter snapshot: from before they were told; `nil`: PostgreSQL could not be asked.
    mutating func told(
        _ changes: [(table: String, transaction: UInt32)], seenBy snapshot: TransactionSnapshot?, at now: Instant
    ) {
        for change in changes {
            guard let snapshot else {
                doubtful.insert(change.table)
                continue
            }
            guard !snapshot.sees(change.transaction) else { continue }
            transactions[change.transaction, default: Untold(since: now)].tables.insert(change.table)
        }
    }

    /// Takes out the tables that are to be told once more: readers that come from now on see the changes.
    ///
    /// - Parameter snapshot: from before they are told.
    mutating func takeSeen(by snapshot: TransactionSnapshot, at now: Instant) -> Set<String> {
        var seen = doubtful
        doubtful = []
        for (transaction, untold) in transactions
        where snapshot.sees(transaction) || now - untold.since > Self.longest {
            seen.formUnion(untold.tables)
            transactions[transaction] = nil
        }
        return seen
    }
}
