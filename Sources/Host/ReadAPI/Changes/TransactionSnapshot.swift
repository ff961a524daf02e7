// Which transactions of PostgreSQL are over.

/// What a query that began at that moment sees, as `pg_current_snapshot()` writes it
/// (PostgreSQL documentation, 9.27.8: `xmin:xmax:xip_list`). Pure.
struct TransactionSnapshot: Sendable, Equatable {
    /// All below are over.
    let xmin: UInt64
    /// None from here on is.
    let xmax: UInt64
    /// Those in between that are not.
    let inProgress: Set<UInt64>

    /// - Parameter text: such as `10:20:10,14,15`.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let xmin = UInt64(parts[0]), let xmax = UInt64(parts[1]) else { return nil }
        let listed = parts[2].split(separator: ",").map { UInt64($0) }
        guard xmin <= xmax, !listed.contains(nil) else { return nil }
        self.xmin = xmin
        self.xmax = xmax
        inProgress = Set(listed.compactMap(\.self))
    }

    /// Whether it sees what the transaction has written, where that was committed.
    ///
    /// - Parameter transaction: the lower 32 bits of its id, which is what the WAL has; the id next to `xmax` is meant.
    func sees(_ transaction: UInt32) -> Bool {
        let distance = Int32(bitPattern: transaction &- UInt32(truncatingIfNeeded: xmax))
        // Not yet begun as far as the snapshot knows, or older than any.
        guard distance < 0 else { return false }
        let age = UInt64(-Int64(distance))
        guard age <= xmax else { return true }
        let id = xmax - age
        return id < xmin || !inProgress.contains(id)
    }
}
