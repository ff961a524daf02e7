// Parameters of statements.

/// A typed value for `$1`, `$2`, …. Arrays and numbers travel in PostgreSQL's binary format, text as text.
package struct PostgresValue: Sendable {
    let type: UInt32
    /// `nil`: NULL.
    let bytes: [UInt8]?
    let isBinary: Bool

    init(type: UInt32, bytes: [UInt8]?, isBinary: Bool) {
        self.type = type
        self.bytes = bytes
        self.isBinary = isBinary
    }

    /// NULL of whatever type the statement infers.
    package static let null = PostgresValue(type: 0, bytes: nil, isBinary: false)

    package static func text(_ value: String) -> PostgresValue {
        PostgresValue(type: ObjectID.text, bytes: Array(value.utf8), isBinary: true)
    }

    /// Text of whatever type the statement infers, in PostgreSQL's input form: `'12.30'` for a numeric.
    package static func inferred(_ value: String) -> PostgresValue {
        PostgresValue(type: 0, bytes: Array(value.utf8) + [0], isBinary: false)
    }

    package static func bool(_ value: Bool) -> PostgresValue {
        PostgresValue(type: ObjectID.bool, bytes: [value ? 1 : 0], isBinary: true)
    }

    package static func int4(_ value: Int32) -> PostgresValue {
        PostgresValue(type: ObjectID.int4, bytes: Self.bigEndian(value), isBinary: true)
    }

    package static func int8(_ value: Int64) -> PostgresValue {
        PostgresValue(type: ObjectID.int8, bytes: Self.bigEndian(value), isBinary: true)
    }

    /// - Parameter microseconds: since 1970-01-01 00:00:00 UTC.
    package static func timestamp(microseconds: Int64) -> PostgresValue {
        PostgresValue(
            type: ObjectID.timestamptz, bytes: Self.bigEndian(microseconds - Self.epochOffset), isBinary: true)
    }

    /// - Parameter bytes: 16 in network order.
    package static func uuid(_ bytes: [UInt8]) -> PostgresValue {
        PostgresValue(type: ObjectID.uuid, bytes: bytes, isBinary: true)
    }

    /// A one-dimensional array that was built element by element.
    package static func array(_ builder: PostgresArrayBuilder) -> PostgresValue {
        PostgresValue(type: builder.element.arrayType, bytes: builder.finished, isBinary: true)
    }

    /// A one-dimensional array with an element for each of these numbers.
    ///
    /// - Parameter append: appends the element for one of them.
    package static func array(
        of element: PostgresArrayBuilder.Element, _ indices: [Int],
        append: (Int, inout PostgresArrayBuilder) -> Void
    ) -> PostgresValue {
        array(element, indices, append: append)
    }

    private static func array<Value>(
        _ element: PostgresArrayBuilder.Element, _ values: [Value],
        append: (Value, inout PostgresArrayBuilder) -> Void
    ) -> PostgresValue {
        var builder = PostgresArrayBuilder(of: element, count: values.count)
        for value in values { append(value, &builder) }
        return .array(builder)
    }

    package static func textArray(_ values: [[UInt8]?]) -> PostgresValue {
        .array(.text, values) { value, array in
            if let value { array.append(value) } else { array.appendNull() }
        }
    }

    /// - Parameter values: 16 bytes each, in network order.
    package static func uuidArray(_ values: [[UInt8]?]) -> PostgresValue {
        .array(.uuid, values) { value, array in
            if let value { array.append(value) } else { array.appendNull() }
        }
    }

    package static func int8Array(_ values: [Int64]) -> PostgresValue {
        .array(.int8, values) { $1.append(integer: $0) }
    }

    package static func boolArray(_ values: [Bool]) -> PostgresValue {
        .array(.bool, values) { $1.append($0) }
    }

    /// - Parameter values: microseconds since 1970-01-01 00:00:00 UTC.
    package static func timestampArray(_ values: [Int64]) -> PostgresValue {
        .array(.timestamptz, values) { $1.append(integer: $0 - epochOffset) }
    }

    /// PostgreSQL counts from 2000-01-01.
    static let epochOffset: Int64 = 946_684_800_000_000

    static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}
