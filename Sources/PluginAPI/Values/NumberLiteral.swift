// A number in a table's definition, exact.

/// A number of a schema: an integer literal, or a decimal number's text in quotes.
///
/// `0.01` without quotes does not compile: it would be a binary floating-point number, which is
/// not one hundredth.
///
/// ```swift
/// .number(exclusiveMinimum: 0, multipleOf: "0.01")
/// ```
public struct NumberLiteral: Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    let json: JSONLiteral

    public init(integerLiteral value: Int) { json = JSONLiteral(integerLiteral: value) }
    public init(stringLiteral value: String) { json = .number(value) }
}
