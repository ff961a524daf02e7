// Money and other decimal numbers: exact, or an error.

/// A decimal number of up to 38 significant digits that is never rounded unless you ask for it.
///
/// Use it in input types for money. It takes its value from the number's text in the body
/// (`0.1` is one tenth), and an operation whose result would need more than 38 digits throws
/// a ``WriteRejection`` instead of rounding or trapping. `Double` can't hold 0.1, and Foundation's
/// `Decimal` drops digits in silence beyond 38.
///
/// ```swift
/// var sum: ExactDecimal = 0
/// for item in items { sum = try sum + item.price * item.quantity }
/// guard sum.rounded(toScale: 2) == total else { throw … }
/// ```
public struct ExactDecimal: Sendable, Equatable {
    /// The value is `coefficient * 10^exponent`; no trailing zeros in the coefficient, and zero is 0 * 10^0, so
    /// that equal values have equal parts.
    let coefficient: Int128
    let exponent: Int

    /// The largest coefficient: 38 nines.
    static let limit: Int128 = 99_999_999_999_999_999_999_999_999_999_999_999_999
    /// Digits before or after the point that a value may have at most.
    static let maximumExponent = 1_000

    /// `nil` where the value needs more than 38 digits or its magnitude is out of range.
    init?(coefficient: Int128, exponent: Int) {
        guard coefficient != 0 else {
            self.coefficient = 0
            self.exponent = 0
            return
        }
        let (significant, zeros) = Self.withoutTrailingZeros(coefficient)
        let total = exponent + zeros
        guard significant.magnitude <= Self.limit.magnitude,
            (-Self.maximumExponent...Self.maximumExponent).contains(total)
        else { return nil }
        self.coefficient = significant
        self.exponent = total
    }

    /// The digits that count of a number that is not 0, and how many zeros followed them.
    private static func withoutTrailingZeros(_ value: Int128) -> (significant: Int128, zeros: Int) {
        var zeros = 0
        // 64-bit division is several times as fast, and money fits.
        if var small = Int64(exactly: value) {
            while small % 10 == 0 {
                small /= 10
                zeros += 1
            }
            return (Int128(small), zeros)
        }
        var large = value
        while large % 10 == 0 {
            large /= 10
            zeros += 1
        }
        return (large, zeros)
    }

    /// An integer; every 64-bit one has at most 19 digits.
    public init(_ value: Int64) {
        let (significant, zeros) = value == 0 ? (0, 0) : Self.withoutTrailingZeros(Int128(value))
        coefficient = significant
        exponent = zeros
    }

    /// Reads a number's text by RFC 8259, such as `-12.50` or `1e3`.
    ///
    /// - Returns: `nil` where the text is no number, has more than 38 significant digits, or has more
    ///   than 1,000 places before or after the point.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)[...]
        guard Self.isNumber(bytes) else { return nil }
        self.init(number: bytes)
    }

    /// Reads text that ``isNumber(_:)`` holds for.
    init?(number text: ArraySlice<UInt8>) {
        var coefficient: Int128 = 0
        var scale = 0
        var pendingZeros = 0
        var afterPoint = false
        var inExponent = false
        var exponent = 0
        var negative = false
        var negativeExponent = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"):
                if inExponent { negativeExponent = true } else { negative = true }
            case UInt8(ascii: "+"): break
            case UInt8(ascii: "."): afterPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): inExponent = true
            default:
                let digit = Int(byte) - 0x30
                guard !inExponent else {
                    // Far beyond the limit already; more digits change nothing.
                    exponent = min(exponent * 10 + digit, 1_000_000)
                    continue
                }
                if afterPoint { scale += 1 }
                // Zeros count only once a digit follows them.
                guard digit != 0 else {
                    if coefficient != 0 { pendingZeros += 1 }
                    continue
                }
                guard pendingZeros < 38 else { return nil }
                for _ in 0..<pendingZeros {
                    guard coefficient <= Self.limit / 10 else { return nil }
                    coefficient *= 10
                }
                pendingZeros = 0
                guard coefficient <= (Self.limit - Int128(digit)) / 10 else { return nil }
                coefficient = coefficient * 10 + Int128(digit)
            }
        }
        self.init(
            coefficient: negative ? -coefficient : coefficient,
            exponent: (negativeExponent ? -exponent : exponent) - scale + pendingZeros)
    }

    /// The value rounded to `scale` digits after the point, halves away from zero, as PostgreSQL's `numeric` does.
    ///
    /// - Parameter scale: digits kept after the point, 0 or more.
    public func rounded(toScale scale: Int) -> ExactDecimal {
        let dropped = -exponent - max(scale, 0)
        guard dropped > 0 else { return self }
        // 39 digits or more are dropped of 38 at most: less than a half is left.
        guard dropped <= 38, let unit = Self.powerOfTen(dropped) else { return 0 }
        let (quotient, remainder) = coefficient.quotientAndRemainder(dividingBy: unit)
        let roundsUp = remainder.magnitude >= unit.magnitude - remainder.magnitude
        let step: Int128 = roundsUp ? (coefficient < 0 ? -1 : 1) : 0
        return ExactDecimal(coefficient: quotient + step, exponent: exponent + dropped) ?? self
    }

    /// 10 to the power 0 to 38; `nil` beyond.
    static func powerOfTen(_ power: Int) -> Int128? {
        guard (0...38).contains(power) else { return nil }
        var result: Int128 = 1
        for _ in 0..<power { result *= 10 }
        return result
    }
}

extension ExactDecimal: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) { self.init(value) }
}

extension ExactDecimal: CustomStringConvertible {
    /// Plain digits, without an exponent and without trailing zeros: PostgreSQL's input text.
    public var description: String {
        // From the last digit to the first.
        var reversed = [UInt8](repeating: 0x30, count: max(exponent, 0))
        var rest = coefficient.magnitude
        repeat {
            if reversed.count == -exponent, exponent < 0 { reversed.append(UInt8(ascii: ".")) }
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            reversed.append(0x30 + UInt8(truncatingIfNeeded: digit))
            rest = quotient
        } while rest > 0 || reversed.count <= -exponent
        if coefficient < 0 { reversed.append(UInt8(ascii: "-")) }
        return String(decoding: reversed.reversed(), as: UTF8.self)
    }
}
