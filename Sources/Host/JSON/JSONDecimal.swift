// Numbers as they were written, compared exactly.

/// A decimal number: sign, significant digits and exponent. Never rounded, whatever its size: `1e400` costs as much
/// memory as it has characters.
package struct JSONDecimal: Sendable, Equatable {
    package let isNegative: Bool
    /// Without leading or trailing zeros; empty for zero. The value is 0.digits × 10^exponent.
    let digits: [UInt8]
    let exponent: Int

    /// What the next byte of a number may be (RFC 8259, 6).
    private enum Place {
        case start, integer, afterZero, point, fraction, powerSign, powerStart, power, sign

        /// Whether a number may end here.
        var isEnd: Bool { self == .integer || self == .afterZero || self == .fraction || self == .power }

        /// The place after a byte; `nil` where it can't stand here.
        func next(_ byte: UInt8) -> Place? {
            switch (self, byte) {
            case (.start, UInt8(ascii: "-")): .sign
            case (.start, UInt8(ascii: "0")), (.sign, UInt8(ascii: "0")): .afterZero
            case (.start, 0x31...0x39), (.sign, 0x31...0x39), (.integer, 0x30...0x39): .integer
            case (.integer, UInt8(ascii: ".")), (.afterZero, UInt8(ascii: ".")): .point
            case (.point, 0x30...0x39), (.fraction, 0x30...0x39): .fraction
            case (.integer, 0x45), (.integer, 0x65), (.afterZero, 0x45), (.afterZero, 0x65), (.fraction, 0x45),
                (.fraction, 0x65):
                .powerSign
            case (.powerSign, UInt8(ascii: "+")), (.powerSign, UInt8(ascii: "-")): .powerStart
            case (.powerSign, 0x30...0x39), (.powerStart, 0x30...0x39), (.power, 0x30...0x39): .power
            default: nil
            }
        }
    }

    /// From a JSON number; `nil` for anything else.
    package init?(_ text: some Sequence<UInt8>) {
        var digits: [UInt8] = []
        var exponent = 0
        var isNegative = false
        var power = 0
        var isPowerNegative = false
        var place = Place.start
        for byte in text {
            guard let next = place.next(byte) else { return nil }
            place = next
            let digit = byte &- UInt8(ascii: "0")
            switch place {
            case .sign: isNegative = true
            case .powerStart: isPowerNegative = byte == UInt8(ascii: "-")
            // Beyond this no database type has room; the exact value does not matter any more.
            case .power: power = min(power * 10 + Int(digit), 1_000_000_000)
            case .integer:
                digits.append(digit)
                exponent += 1
            case .fraction where digits.isEmpty && digit == 0: exponent -= 1
            case .fraction: digits.append(digit)
            case .start, .afterZero, .point, .powerSign: break
            }
        }
        guard place.isEnd else { return nil }
        while digits.last == 0 { digits.removeLast() }
        self.isNegative = isNegative && !digits.isEmpty
        self.digits = digits
        self.exponent = digits.isEmpty ? 0 : exponent + (isPowerNegative ? -power : power)
    }

    package init?(_ text: String) {
        self.init(text.utf8)
    }

    package var isZero: Bool { digits.isEmpty }

    /// How many digits are significant; 0 for zero.
    package var significantDigits: Int { digits.count }

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
