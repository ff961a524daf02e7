// A JSON value written in Swift: defaults, values for upgrades and jsonb columns.

/// A JSON value that an author writes down, as a literal or by a function's name.
///
/// Numbers keep their text, so a decimal such as `0.01` never passes through binary floating
/// point: ``number(_:)`` takes the text, and there is no floating-point literal.
public struct JSONLiteral: Sendable, Equatable {
    /// The value as compact JSON.
    public let text: String

    // Text and not a tree: a tree's code would be a third of a small plugin.
    init(text: String) { self.text = text }

    /// `null`
    public static var null: JSONLiteral { JSONLiteral(text: "null") }
    /// `true` or `false`
    public static func bool(_ value: Bool) -> JSONLiteral { JSONLiteral(text: value ? "true" : "false") }
    /// A string of any characters.
    public static func string(_ value: String) -> JSONLiteral { JSONLiteral(text: JSONText.quoted(value)) }

    /// A number by its text (RFC 8259), such as `0.01`. Text that is no number becomes a string, so that the
    /// host can name it.
    public static func number(_ text: String) -> JSONLiteral {
        JSONLiteral(text: ExactDecimal.isNumber(Array(text.utf8)[...]) ? text : JSONText.quoted(text))
    }

    /// A number, exact.
    public static func number(_ value: ExactDecimal) -> JSONLiteral { JSONLiteral(text: value.description) }

    /// An array with these elements in their order. A dictionary literal makes an object.
    public static func array(_ elements: [JSONLiteral]) -> JSONLiteral {
        JSONLiteral(text: JSONText.array(elements.map(\.text)))
    }
}

extension JSONLiteral: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { text = String(value) }
}

extension JSONLiteral: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONLiteral...) { self = .array(elements) }

    public init(dictionaryLiteral elements: (String, JSONLiteral)...) {
        var object = JSONText.Object()
        for (name, value) in elements { object.add(name, value.text) }
        text = object.finished
    }
}
