// Column types.

/// The PostgreSQL type of a column.
public struct SQLType: Sendable {
    /// As a descriptor writes it: `numeric(10,2)`.
    public let name: String

    /// 128 bits; a string in JSON.
    public static let uuid = SQLType(name: "uuid")
    /// A string.
    public static let text = SQLType(name: "text")
    /// 16 bits.
    public static let smallint = SQLType(name: "smallint")
    /// 32 bits.
    public static let integer = SQLType(name: "integer")
    /// 64 bits.
    public static let bigint = SQLType(name: "bigint")
    /// A decimal number of any precision.
    public static let numeric = SQLType(name: "numeric")
    /// A binary floating-point number of 32 bits. Not for money.
    public static let real = SQLType(name: "real")
    /// A binary floating-point number of 64 bits. Not for money.
    public static let double = SQLType(name: "double precision")
    /// `true` or `false`.
    public static let boolean = SQLType(name: "boolean")
    /// A date; `2026-03-01` in JSON.
    public static let date = SQLType(name: "date")
    /// A point in time; RFC 3339 in JSON.
    public static let timestamptz = SQLType(name: "timestamptz")
    /// Any JSON, by the column's schema.
    public static let jsonb = SQLType(name: "jsonb")

    /// A decimal number, exact; for money.
    ///
    /// - Parameters:
    ///   - precision: digits in all, 1 to 1,000.
    ///   - scale: of these after the point, 0 to `precision`.
    public static func numeric(_ precision: Int, _ scale: Int) -> SQLType {
        SQLType(name: "numeric(\(precision),\(scale))")
    }
}
