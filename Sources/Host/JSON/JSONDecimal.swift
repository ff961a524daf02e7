// Numbers as they were written, compared exactly.

/// A decimal number: sign, significant digits and exponent. Never rounded, whatever its size: `1e400` costs as much
/// memory as it has characters.
package struct JSONDecimal: Sendable, Equatable {
    package let isNegative: Bool
    /// Without leading or trailing zeros; empty for zero. The value is 0.digits × 10^exponent.
    let digits: [UInt8]
    let exponent: Int

    /// From a JSON number; `nil` for anything else.
    package init?(_ text: some Sequence<UInt8>) {
        var digits: [UInt8] = []
        var exponent = 0
        var isNegative = false
        var written = 0
        var isFraction = false
        var power = 0
        var isPowerNegative = false
        var isPower = false
        var hasDigit = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"):
                if isPower { isPowerNegative = true } else { isNegative = true }
            case UInt8(ascii: "+"):
                guard isPower else { return nil }
            case UInt8(ascii: "."):
                isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                isPower = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = byte - UInt8(ascii: "0")
                if isPower {
                    // Beyond this no database type has room; the exact value does not matter any more.
                    power = min(power * 10 + Int(digit), 1_000_000_000)
                    continue
                }
                hasDigit = true
                if digits.isEmpty && digit == 0 {
                    if isFraction { exponent -= 1 }
                    continue
                }
                digits.append(digit)
                if !isFraction { written += 1 }
            default:
                return nil
            }
        }
        guard hasDigit else { return nil }
        while digits.last == 0 { digits.removeLast() }
        self.isNegative = isNegative && !digits.isEmpty
        self.digits = digits
        self.exponent = digits.isEmpty ? 0 : exponent + written + (isPowerNegative ? -power : power)
    }

    package init?(_ text: String) {
        self.init(text.utf8)
    }

    package var isZero: Bool { digits.isEmpty }

    /// Whether it has no fraction.
    package var isInteger: Bool { digits.count <= exponent || digits.isEmpty }

    /// Digits after the decimal point that are needed; 0 for an integer.
    package var fractionDigits: Int { max(0, digits.count - exponent) }

    /// Digits before the decimal point; 0 for values below 1.
    package var integerDigits: Int { digits.isEmpty ? 0 : max(0, exponent) }

    /// The value where it is whole and fits.
    package var int64: Int64? {
        guard isInteger, exponent <= 19 else { return nil }
        var value: Int64 = 0
        for place in 0..<exponent {
            let digit = Int64(place < digits.count ? digits[place] : 0)
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowedToo) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if overflowed || overflowedToo { return nil }
            value = sum
        }
        return value
    }

    /// Whether the value is a whole number times `step`, which must be positive and have at most 15 digits.
    package func isMultiple(of step: JSONDecimal) -> Bool {
        guard !step.isZero else { return false }
        if isZero { return true }
        // Both as integers of the finer one's last place: this = digits × 10^shift in units of it.
        let finest = max(digits.count - exponent, step.digits.count - step.exponent)
        var divisor: UInt64 = step.digits.reduce(0) { $0 &* 10 &+ UInt64($1) }
        for _ in 0..<(finest - (step.digits.count - step.exponent)) {
            let (product, overflowed) = divisor.multipliedReportingOverflow(by: 10)
            if overflowed || product > 1_000_000_000_000_000_000 { return false }
            divisor = product
        }
        guard divisor < 1_000_000_000_000_000_000 else { return false }
        var remainder: UInt64 = 0
        for digit in digits { remainder = (remainder * 10 + UInt64(digit)) % divisor }
        for _ in 0..<min(finest - (digits.count - exponent), 2_000) { remainder = remainder * 10 % divisor }
        return remainder == 0
    }
}

extension JSONDecimal: Comparable {
    package static func < (left: JSONDecimal, right: JSONDecimal) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? right.isCloserToZero(than: left) : left.isCloserToZero(than: right)
    }

    private func isCloserToZero(than other: JSONDecimal) -> Bool {
        if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
        if exponent != other.exponent { return exponent < other.exponent }
        return digits.lexicographicallyPrecedes(other.digits)
    }
}

extension JSONDecimal {
    /// In plain decimal notation; with an exponent where that would be long.
    package var text: String {
        guard !digits.isEmpty else { return "0" }
        let sign = isNegative ? "-" : ""
        let all = digits.map(String.init).joined()
        if exponent > 30 || exponent < -10 { return "\(sign)0.\(all)e\(exponent)" }
        if exponent <= 0 { return sign + "0." + String(repeating: "0", count: -exponent) + all }
        if digits.count <= exponent { return sign + all + String(repeating: "0", count: exponent - digits.count) }
        return sign + all.prefix(exponent) + "." + all.dropFirst(exponent)
    }
}
