// How slowly a client may send: pure.

/// Tells whether what a client sends of a request keeps its connection alive. What comes more slowly than a minimum rate
/// does not: a body that comes byte by byte would hold memory for hours.
struct MinimumReceiveRate {
    /// Bytes a second over a whole timeout; a client on a poor line sends several times as much.
    static let minimumRate = 500

    /// Bytes within a timeout.
    private let minimum: Int
    private var received = 0

    /// - Parameter nanoseconds: of the timeout.
    init(timeout nanoseconds: Int64) {
        minimum = Self.minimumBytes(within: nanoseconds)
    }

    /// Bytes that come or go within that time at the minimum rate, 1 at least.
    static func minimumBytes(within nanoseconds: Int64) -> Int {
        max(1, Int(clamping: nanoseconds / 1_000_000 * Int64(minimumRate) / 1_000))
    }

    /// - Returns: whether enough has come since `restart`.
    mutating func isKept(with bytes: Int) -> Bool {
        received += bytes
        return received >= minimum
    }

    mutating func restart() { received = 0 }
}
