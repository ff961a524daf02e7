// Whether a process lives, as its database sees it.

/// A process's sign of life for others that use the same database: an advisory lock (PostgreSQL documentation, "Advisory
/// Locks") that each of its connections holds, shared. PostgreSQL releases it when the last of them ends, whatever ended it.
package struct ProcessPresence: Sendable, Equatable {
    /// Sets these locks apart from others that have two keys. Chosen once: "jspg" in ASCII.
    private static let lockClass: Int32 = 0x6A73_7067

    /// Tells one process from another.
    package let key: Int32

    package init() {
        key = .random(in: .min ... .max)
    }

    /// Run once on each connection.
    var holding: String { "SELECT pg_advisory_lock_shared(\(Self.lockClass), \(key))" }

    /// An SQL expression: whether the process whose key is in `column` lives. Evaluated in a transaction that ends at once:
    /// until then it holds the lock of one that doesn't.
    package static func isAlive(_ column: String) -> String {
        "NOT pg_try_advisory_xact_lock(\(lockClass), \(column))"
    }
}
