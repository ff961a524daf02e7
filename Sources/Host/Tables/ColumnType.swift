// The SQL types that a column can have.
import JSON
import Operations

/// A column's type as PostgreSQL knows it, with what follows for JSON in both directions.
package enum ColumnType: Sendable, Equatable {
    case uuid
    case text
    case smallint
    case integer
    case bigint
    /// `nil`: any precision.
    case numeric(precision: Int, scale: Int)
    case anyNumeric
    case real
    case double
    case boolean
    case date
    case timestamptz
    case jsonb

    /// From a descriptor: `numeric(10,2)`, `timestamptz`; `nil` where the type is not supported.
    package init?(_ text: String) {
        let name = text.lowercased().filter { $0 != " " }
        switch name {
        case "uuid": self = .uuid
        case "text": self = .text
        case "smallint", "int2": self = .smallint
        case "integer", "int", "int4": self = .integer
        case "bigint", "int8": self = .bigint
        case "numeric", "decimal": self = .anyNumeric
        case "real", "float4": self = .real
        case "doubleprecision", "float8": self = .double
        case "boolean", "bool": self = .boolean
        case "date": self = .date
        case "timestamptz", "timestampwithtimezone": self = .timestamptz
        case "jsonb": self = .jsonb
        default:
            guard name.hasPrefix("numeric(") || name.hasPrefix("decimal("), name.hasSuffix(")") else { return nil }
            let arguments = name.dropFirst(8).dropLast().split(separator: ",", omittingEmptySubsequences: false)
            guard let precision = arguments.first.flatMap({ Int($0) }), (1...1_000).contains(precision),
                arguments.count <= 2
            else { return nil }
            let scale = arguments.count == 2 ? Int(arguments[1]) : 0
            guard let scale, (0...precision).contains(scale) else { return nil }
            self = .numeric(precision: precision, scale: scale)
        }
    }

    /// The type's name in SQL.
    package var sql: String {
        switch self {
        case .uuid: "uuid"
        case .text: "text"
        case .smallint: "smallint"
        case .integer: "integer"
        case .bigint: "bigint"
        case .numeric(let precision, let scale): "numeric(\(precision),\(scale))"
        case .anyNumeric: "numeric"
        case .real: "real"
        case .double: "double precision"
        case .boolean: "boolean"
        case .date: "date"
        case .timestamptz: "timestamptz"
        case .jsonb: "jsonb"
        }
    }

    /// How a request's JSON has the value; `nil`: any JSON.
    var jsonType: JSONType? {
        switch self {
        case .uuid, .text, .date, .timestamptz: .string
        case .smallint, .integer, .bigint: .integer
        case .numeric, .anyNumeric, .real, .double: .number
        case .boolean: .boolean
        case .jsonb: nil
        }
    }

    /// The `format` that the type implies.
    var format: StringFormat? {
        switch self {
        case .uuid: .uuid
        case .date: .date
        case .timestamptz: .dateTime
        default: nil
        }
    }

    /// The range of an integer type.
    var integerRange: ClosedRange<Int64>? {
        switch self {
        case .smallint: Int64(Int16.min)...Int64(Int16.max)
        case .integer: Int64(Int32.min)...Int64(Int32.max)
        case .bigint: Int64.min...Int64.max
        default: nil
        }
    }

    /// Why a number can't be stored, as the end of "must …"; `nil` where it can, and for values that are no numbers.
    func fault(of value: JSONValue) -> String? {
        guard let number = value.decimal else { return nil }
        switch self {
        case .smallint, .integer, .bigint:
            guard let range = integerRange, number.int64.map(range.contains) != true else { return nil }
            return "be an integer from \(range.lowerBound) to \(range.upperBound)"
        case .numeric(let precision, let scale):
            if number.fractionDigits > scale { return "have at most \(scale) digits after the decimal point" }
            if number.integerDigits > precision - scale {
                return "have at most \(precision - scale) digits before the decimal point"
            }
            return Self.isWrittenForNumeric(value) ? nil : "be written with fewer digits"
        case .anyNumeric:
            let isStorable = number.integerDigits <= 131_072 && number.fractionDigits <= 16_383
            return isStorable && Self.isWrittenForNumeric(value) ? nil : "have fewer digits"
        case .real:
            return Self.isBinary(number, Float.self) ? nil : "be within the range of a 4-byte binary number"
        case .double:
            return Self.isBinary(number, Double.self) ? nil : "be within the range of an 8-byte binary number"
        default:
            return nil
        }
    }

    /// Whether PostgreSQL reads the text, which keeps its zeros: they count for its limits (PostgreSQL documentation,
    /// 8.1.2), although they do not for the number's value.
    private static func isWrittenForNumeric(_ value: JSONValue) -> Bool {
        var fraction = 0
        var power = 0
        var isFraction = false
        var isPower = false
        var isPowerNegative = false
        for byte in value.source {
            switch byte {
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): isPower = true
            case UInt8(ascii: "-"): isPowerNegative = isPower
            case 0x30...0x39 where isPower: power = min(power * 10 + Int(byte - 0x30), 1_000_000)
            case 0x30...0x39 where isFraction: fraction += 1
            default: break
            }
        }
        return power <= 131_072 && fraction + (isPowerNegative ? power : -power) <= 16_383
    }

    /// Whether a number is neither too large nor too close to zero, which PostgreSQL refuses as well.
    private static func isBinary<Binary: BinaryFloatingPoint & LosslessStringConvertible>(
        _ number: JSONDecimal, _ type: Binary.Type
    ) -> Bool {
        guard let binary = Binary(number.text) else { return false }
        return binary.isFinite && (number.isZero || !binary.isZero)
    }

    /// The text with which a query compares a column of this type; `nil` where it is no value of the type.
    ///
    /// Numbers come out in one form for each value. They may be finer or larger than the column can hold: such a
    /// number is still before, between or after those that are there.
    package func queryValue(_ text: String) -> String? {
        guard !text.utf8.contains(0) else { return nil }
        switch self {
        case .text: return text
        case .jsonb: return nil
        case .uuid: return OperationID(text)?.description
        case .boolean: return ["true", "false"].contains(text) ? text : nil
        case .date: return StringFormat.date.matches(text) ? text : nil
        case .timestamptz: return StringFormat.dateTime.matches(text) ? text : nil
        case .smallint, .integer, .bigint, .numeric, .anyNumeric, .real, .double:
            guard text.utf8.count <= 400, let number = JSONDecimal(text) else { return nil }
            if let range = integerRange {
                return number.int64.flatMap { range.contains($0) ? String($0) : nil }
            }
            if self == .real && !Self.isBinary(number, Float.self) { return nil }
            if self == .double && !Self.isBinary(number, Double.self) { return nil }
            // Beyond this no stored value differs from another, and PostgreSQL would refuse it.
            return number.integerDigits > 400 || number.fractionDigits > 400 ? nil : number.text
        }
    }

    /// Texts of stored values that are no numbers or points in time, although the type's others are.
    var specialValues: [String] {
        switch self {
        case .numeric, .anyNumeric, .real, .double: ["NaN", "Infinity", "-Infinity"]
        case .date, .timestamptz: ["infinity", "-infinity"]
        case .uuid, .text, .smallint, .integer, .bigint, .boolean, .jsonb: []
        }
    }

    /// The type to which a query's parameter is cast. Without a precision: a cast to `numeric(10,2)` would round the
    /// parameter, or fail.
    var comparisonSQL: String {
        if case .numeric = self { "numeric" } else { sql }
    }
}
