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

    /// Why a number can't be stored exactly, as the end of "must …"; `nil` where it can.
    func fault(of number: JSONDecimal) -> String? {
        switch self {
        case .smallint, .integer, .bigint:
            guard let range = integerRange else { return nil }
            guard let value = number.int64, range.contains(value) else {
                return "be an integer from \(range.lowerBound) to \(range.upperBound)"
            }
            return nil
        case .numeric(let precision, let scale):
            if number.fractionDigits > scale { return "have at most \(scale) digits after the decimal point" }
            if number.integerDigits > precision - scale {
                return "have at most \(precision - scale) digits before the decimal point"
            }
            return nil
        case .anyNumeric:
            // PostgreSQL documentation, 8.1.2.
            return number.integerDigits > 131_072 || number.fractionDigits > 16_383 ? "have fewer digits" : nil
        case .real:
            return number.integerDigits > 38 ? "be within the range of a 4-byte binary number" : nil
        case .double:
            return number.integerDigits > 308 ? "be within the range of an 8-byte binary number" : nil
        default:
            return nil
        }
    }

    /// The text with which a query compares a column of this type; `nil` where it is no value of the type.
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
            guard text.utf8.count <= 400, let document = try? JSONDocument(parsing: text),
                let number = document.root.decimal
            else { return nil }
            if let range = integerRange {
                return number.int64.flatMap { range.contains($0) ? String($0) : nil }
            }
            // Beyond this no stored value differs from another, and PostgreSQL would refuse it.
            return number.integerDigits > 300 || number.fractionDigits > 300 ? nil : text
        }
    }
}

/// The types of JSON Schema.
package enum JSONType: String, Sendable {
    case object, array, string, number, integer, boolean

    func matches(_ value: JSONValue) -> Bool {
        switch self {
        case .object: value.kind == .object
        case .array: value.kind == .array
        case .string: value.kind == .string
        case .number: value.kind == .number
        case .integer: value.decimal?.isInteger ?? false
        case .boolean: value.kind == .boolean
        }
    }

    /// With its article, for sentences.
    var described: String {
        switch self {
        case .object, .array, .integer: "an \(rawValue)"
        default: "a \(rawValue)"
        }
    }
}
