// The generation of a namespace: a value that was never used before.

/// 128 random bits, as 32 hexadecimal digits in Redis. Not a counter: one that was evicted or restored comes back to
/// values that entries of old still carry.
package struct CacheToken: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    package init(using generator: inout some RandomNumberGenerator) {
        high = generator.next()
        low = generator.next()
    }

    /// A token that nobody has seen.
    package static func random() -> CacheToken {
        var generator = SystemRandomNumberGenerator()
        return CacheToken(using: &generator)
    }

    /// `nil` for anything but 32 hexadecimal digits.
    package init?(_ text: some Sequence<UInt8>) {
        var halves: (UInt64, UInt64) = (0, 0)
        var count = 0
        for unit in text {
            let digit: UInt8
            switch unit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = unit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = unit - UInt8(ascii: "a") + 10
            default: return nil
            }
            if count < 16 { halves.0 = halves.0 << 4 | UInt64(digit) } else { halves.1 = halves.1 << 4 | UInt64(digit) }
            count += 1
        }
        guard count == 32 else { return nil }
        (high, low) = halves
    }

    package var description: String {
        let digits = [high, low].map { half in
            let text = String(half, radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }
        return digits[0] + digits[1]
    }
}
