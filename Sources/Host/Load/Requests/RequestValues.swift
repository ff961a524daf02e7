// What the placeholders of one request stand for.
package import NIOCore

/// The number and the UUID of the request that is written now; both are the same wherever they occur in it.
package struct RequestValues: Sendable {
    /// The value of `{n}`.
    package private(set) var number: UInt64
    package var random: RandomSource
    private let stride: UInt64
    private var uuid: (high: UInt64, low: UInt64) = (0, 0)

    /// - Parameters:
    ///   - number: of the first request.
    ///   - stride: what is added for each later one, so that threads share a run's numbers without meeting.
    package init(number: UInt64, stride: UInt64, random: RandomSource = RandomSource()) {
        self.number = number &- stride
        self.stride = stride
        self.random = random
    }

    /// A number that no other run is likely to come near, and that fits a signed 64-bit integer.
    package static func randomBase() -> UInt64 { .random(in: (1 << 60)..<(1 << 62)) }

    /// Goes on to the next request.
    package mutating func advance() {
        number &+= stride
        // Version 4 and variant 10 of RFC 9562.
        uuid.high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        uuid.low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    package func writeNumber(into buffer: inout ByteBuffer) {
        Self.write(number, into: &buffer)
    }

    /// Decimal digits, without a string in between.
    package static func write(_ value: UInt64, into buffer: inout ByteBuffer) {
        var digits = 1
        var rest = value / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: digits) { bytes in
            var rest = value
            for place in Swift.stride(from: digits - 1, through: 0, by: -1) {
                bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return digits
        }
    }

    /// 36 characters, lower case.
    package func writeUUID(into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 36) { bytes in
            var place = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    bytes[place] = UInt8(ascii: "-")
                    place += 1
                }
                let word = nibble < 16 ? uuid.high : uuid.low
                let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - nibble % 16 * 4)) & 0xF
                bytes[place] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
                place += 1
            }
            return 36
        }
    }
}
