// How slowly a client may take its answers: pure.

/// Tells whether a client takes what waits for it. One that takes less than the minimum rate of `MinimumReceiveRate` would hold
/// what its answer is made from, such as a connection to a database, for hours. Where nothing waits there is no pace: an
/// event stream may be quiet for as long as it likes.
struct MinimumSendRate {
    /// Bytes within a timeout.
    private let minimum: Int
    /// At the last look, where something waited then: all that was written, and the part that the client had taken.
    private var last: (written: Int, taken: Int)?

    /// - Parameter nanoseconds: of the timeout.
    init(timeout nanoseconds: Int64) {
        minimum = MinimumReceiveRate.minimumBytes(within: nanoseconds)
    }

    /// Looks, a timeout or more after the last time.
    ///
    /// - Parameters:
    ///   - written: bytes in all, from the beginning of the connection.
    ///   - unsent: those of them that are not with the client's socket.
    /// - Returns: false where the client has neither taken what waited at the last look nor enough of it.
    mutating func isKept(written: Int, unsent: Int) -> Bool {
        let taken = written - unsent
        defer { self.last = unsent > 0 ? (written, taken) : nil }
        guard let last else { return true }
        return taken >= min(last.written, last.taken + minimum)
    }
}
