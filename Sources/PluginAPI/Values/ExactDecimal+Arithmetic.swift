// Arithmetic and order of exact decimals.

extension ExactDecimal {
    /// The exact sum.
    ///
    /// - Throws: `number_too_precise` where it has more than 38 digits.
    public static func + (left: ExactDecimal, right: ExactDecimal) throws(WriteRejection) -> ExactDecimal {
        guard left.coefficient != 0 else { return right }
        guard right.coefficient != 0 else { return left }
        let exponent = min(left.exponent, right.exponent)
        guard let leftUnit = powerOfTen(left.exponent - exponent),
            let rightUnit = powerOfTen(right.exponent - exponent)
        else { throw tooPrecise }
        let (first, firstOverflow) = left.coefficient.multipliedReportingOverflow(by: leftUnit)
        let (second, secondOverflow) = right.coefficient.multipliedReportingOverflow(by: rightUnit)
        let (sum, overflow) = first.addingReportingOverflow(second)
        guard !firstOverflow, !secondOverflow, !overflow,
            let result = ExactDecimal(coefficient: sum, exponent: exponent)
        else { throw tooPrecise }
        return result
    }

    /// The exact difference.
    ///
    /// - Throws: `number_too_precise` where it has more than 38 digits.
    public static func - (left: ExactDecimal, right: ExactDecimal) throws(WriteRejection) -> ExactDecimal {
        try left + (-right)
    }

    /// The exact product.
    ///
    /// - Throws: `number_too_precise` where it has more than 38 digits.
    public static func * (left: ExactDecimal, right: ExactDecimal) throws(WriteRejection) -> ExactDecimal {
        let (product, overflow) = left.coefficient.multipliedReportingOverflow(by: right.coefficient)
        guard !overflow, let result = ExactDecimal(coefficient: product, exponent: left.exponent + right.exponent)
        else { throw tooPrecise }
        return result
    }

    /// The number with the other sign; exact, and never too long.
    public static prefix func - (value: ExactDecimal) -> ExactDecimal {
        ExactDecimal(coefficient: -value.coefficient, exponent: value.exponent) ?? value
    }

    static var tooPrecise: WriteRejection {
        WriteRejection(
            "number_too_precise",
            "A number has more than 38 digits, or a calculation with it would; use fewer digits.")
    }
}

extension ExactDecimal: Comparable {
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let leftSign = left.coefficient.signum()
        let rightSign = right.coefficient.signum()
        guard leftSign == rightSign else { return leftSign < rightSign }
        let leftDigits = left.digitCount + left.exponent
        let rightDigits = right.digitCount + right.exponent
        guard leftDigits == rightDigits else { return (leftDigits < rightDigits) == (leftSign > 0) }
        // The same magnitude of ten: both coefficients brought to the same length stay within 38 digits.
        let exponent = min(left.exponent, right.exponent)
        guard let leftUnit = powerOfTen(left.exponent - exponent),
            let rightUnit = powerOfTen(right.exponent - exponent)
        else { return false }
        return left.coefficient * leftUnit < right.coefficient * rightUnit
    }

    /// Digits of the coefficient.
    private var digitCount: Int {
        var count = 1
        var rest = coefficient.magnitude / 10
        while rest > 0 {
            count += 1
            rest /= 10
        }
        return count
    }
}

extension ExactDecimal: Decodable {
    /// Decodes a JSON number by its text; with another decoder than a host's, a string that holds a number,
    /// or an integer.
    public init(from decoder: any Decoder) throws {
        if let body = decoder as? BodyDecoder {
            self = try body.decimal()
            return
        }
        let container = try decoder.singleValueContainer()
        if let integer = try? container.decode(Int64.self) {
            self.init(integer)
        } else if let value = ExactDecimal(try container.decode(String.self)) {
            self = value
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a decimal number")
        }
    }
}
