// Positions in PostgreSQL's write-ahead log.

/// A position in the WAL in bytes, `pg_lsn`.
struct LogSequenceNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
    let value: UInt64

    init(_ value: UInt64) {
        self.value = value
    }

    /// From `16/B374D848`; `nil` for anything else.
    init?(_ text: String) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let high = UInt32(halves[0], radix: 16), let low = UInt32(halves[1], radix: 16) else {
            return nil
        }
        value = UInt64(high) << 32 | UInt64(low)
    }

    /// As PostgreSQL writes it: `16/B374D848`.
    var description: String {
        String(value >> 32, radix: 16, uppercase: true) + "/"
            + String(value & 0xFFFF_FFFF, radix: 16, uppercase: true)
    }

    static func < (left: LogSequenceNumber, right: LogSequenceNumber) -> Bool { left.value < right.value }
}
