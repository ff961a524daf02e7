// Which namespaces may be served from a Redis server that was away.

/// While Redis was out of reach, tables changed without their namespaces being invalidated. So each connection begins
/// with no namespace trusted; the first read of a table invalidates it, and what was stored before counts no more.
/// The same where an invalidation could not be made. Pure; the owner does the I/O.
package struct CacheTrust: Sendable {
    /// The latest connection heard of.
    private var connection: UInt64 = 0
    private var trusted: Set<String> = []
    /// Invalidations under way; `true`: the table was distrusted again meanwhile.
    private var underWay: [String: Bool] = [:]

    package init() {}

    /// Whether what `connection` says about `table` may be served.
    package mutating func isTrusted(_ table: String, on connection: UInt64) -> Bool {
        notice(connection)
        return connection == self.connection && trusted.contains(table)
    }

    /// What somebody who found a table that is not trusted has to do.
    package enum Start: Sendable {
        /// Invalidate it, and say `finished`.
        case begun
        /// Wait for somebody else who is at it, then ask anew.
        case underWay
        /// Nothing: it has been invalidated by now.
        case trusted
    }

    package mutating func begin(_ table: String) -> Start {
        if trusted.contains(table) { return .trusted }
        if underWay[table] != nil { return .underWay }
        underWay[table] = false
        return .begun
    }

    /// - Parameter connection: the one through which the invalidation went; `nil` where it failed.
    package mutating func finished(_ table: String, on connection: UInt64?) {
        if let connection { notice(connection) }
        let wasDistrusted = underWay.removeValue(forKey: table) ?? true
        if let connection, connection == self.connection, !wasDistrusted { trusted.insert(table) }
    }

    /// An invalidation of `table` was due and could not be made.
    package mutating func distrust(_ table: String) {
        trusted.remove(table)
        if underWay[table] != nil { underWay[table] = true }
    }

    private mutating func notice(_ connection: UInt64) {
        guard connection > self.connection else { return }
        self.connection = connection
        trusted = []
    }
}
