// A message's headers.

/// Header fields in the order in which they were added, names compared without regard to case.
///
/// Over the wire libnats keeps the order of a name's values, not the order of the names. What NATS can't carry is
/// never sent: a field whose name is empty or has a colon, blank or control character is left out, and control
/// characters in values become blanks. A field without a value is left out too: libnats 3.4 misreads the whole block
/// of a message that has one.
package struct NATSHeaders: Sendable, Hashable {
    /// One field.
    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: String

        /// Whether it is one of NATS' own, which mean something to the server.
        package var isReserved: Bool { name.prefix(5).lowercased() == "nats-" }
    }

    package private(set) var fields: [Field] = []

    package init() {}

    package var isEmpty: Bool { fields.isEmpty }

    /// The first value of that name; setting replaces all of them, `nil` removes them.
    package subscript(name: String) -> String? {
        get { fields.first { Self.matches($0.name, name) }?.value }
        set {
            fields.removeAll { Self.matches($0.name, name) }
            if let newValue { append(name, newValue) }
        }
    }

    /// All values of that name, in order.
    package func values(of name: String) -> [String] {
        fields.filter { Self.matches($0.name, name) }.map(\.value)
    }

    /// Adds a field, keeping others of the same name.
    package mutating func append(_ name: String, _ value: String) {
        guard Self.isName(name), value.utf8.contains(where: { $0 > 0x20 }) else { return }
        fields.append(Field(name: name, value: value.utf8.contains(where: { $0 < 0x20 }) ? Self.cleaned(value) : value))
    }

    /// ASCII letters are compared without regard to case, other bytes exactly.
    private static func matches(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.utf8, right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { $0 == $1 || lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ":") }
    }

    private static func cleaned(_ value: String) -> String {
        String(decoding: value.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }
}

extension NATSHeaders: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }
}
