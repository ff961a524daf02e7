// Which namespaces may be served from a Redis server that was away.

/// While Redis was out of reach, tables changed without their namespaces being invalidated. So each connection begins
/// with no namespace trusted; the first read of a table invalidates it, and what was stored before counts no more.
/// The same where an invalidation could not be made. Pure; the owner does the I/O.
///
/// An answer is believed only where the table was trusted already when it was asked for, and all the time since: an
/// invalidation by another connection may come between the question and its answer.
package struct CacheTrust: Sendable {
    /// Tells from when on a table has been trusted.
    package struct Stamp: Sendable, Hashable {
        fileprivate let number: UInt64
    }

    /// The latest connection heard of.
    private var connection: UInt64 = 0
    private var trusted: [String: Stamp] = [:]
    private var lastStamp: UInt64 = 0
    /// Invalidations under way; `true`: the table was distrusted again meanwhile.
    private var underWay: [String: Bool] = [:]

    package init() {}

    /// What goes with a question that is asked now; `nil` where its answer will not be believed.
    package func stamp(of table: String) -> Stamp? { trusted[table] }

    /// Whether what `connection` says about `table` may be served.
    ///
    /// - Parameter stamp: from when the question was asked.
    package mutating func isTrusted(_ table: String, on connection: UInt64, since stamp: Stamp?) -> Bool {
        notice(connection)
        guard let stamp, connection == self.connection else { return false }
        return trusted[table] == stamp
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
        if trusted[table] != nil { return .trusted }
        if underWay[table] != nil { return .underWay }
        underWay[table] = false
        return .begun
    }

    /// - Parameter connection: the one through which the invalidation went; `nil` where it failed.
    package mutating func finished(_ table: String, on connection: UInt64?) {
        if let connection { notice(connection) }
        let wasDistrusted = underWay.removeValue(forKey: table) ?? true
        guard let connection, connection == self.connection, !wasDistrusted else { return }
        lastStamp += 1
        trusted[table] = Stamp(number: lastStamp)
    }

    /// An invalidation of `table` was due and could not be made.
    package mutating func distrust(_ table: String) {
        trusted[table] = nil
        if underWay[table] != nil { underWay[table] = true }
    }

    private mutating func notice(_ connection: UInt64) {
        guard connection > self.connection else { return }
        self.connection = connection
        trusted = [:]
    }
}
