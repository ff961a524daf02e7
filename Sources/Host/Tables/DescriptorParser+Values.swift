// The values that descriptors are made of.
import JSON

extension DescriptorParser {
    mutating func refuseUnknown(_ value: JSONValue, at pointer: String, known: Set<String>) {
        for (name, _) in value.members where !known.contains(name) {
            fail(pointer + "/" + name.escapedForPointer, "is not known in a descriptor")
        }
    }

    mutating func text(_ value: JSONValue?, at pointer: String) -> String? {
        guard let text = value?.string, !text.isEmpty, !text.utf8.contains(0) else {
            fail(pointer, "must be a string that is not empty")
            return nil
        }
        return text
    }

    /// Text that matches a pattern.
    ///
    /// - Parameter demand: what is said of any other.
    mutating func text(
        _ value: JSONValue?, like pattern: TextPattern?, at pointer: String, _ demand: String
    ) -> String? {
        guard let text = value?.string, pattern?.matches(text) ?? false else {
            fail(pointer, demand)
            return nil
        }
        return text
    }

    /// `nil` where the member is absent.
    mutating func flag(_ value: JSONValue?, at pointer: String) -> Bool? {
        guard let value else { return nil }
        guard let flag = value.bool else {
            fail(pointer, "must be true or false")
            return nil
        }
        return flag
    }

    /// Names that need no quoting anywhere, in SQL or in a subject: `[a-z_][a-z0-9_]{0,62}`.
    mutating func identifier(_ value: JSONValue?, at pointer: String) -> String? {
        guard let text = value?.string, Self.isName(text, maximum: 63), text.utf8.allSatisfy({ !isUpperCase($0) })
        else {
            fail(pointer, "must be a name of 1 to 63 lower-case letters, digits and underscores, no digit first")
            return nil
        }
        return text
    }

    /// Names of members and parameters: `[A-Za-z_][A-Za-z0-9_]{0,62}`.
    mutating func member(_ value: JSONValue?, at pointer: String) -> String? {
        guard let text = value?.string, Self.isName(text, maximum: 63) else {
            fail(pointer, "must be a name of 1 to 63 letters, digits and underscores, no digit first")
            return nil
        }
        return text
    }

    /// Names of C functions: `[A-Za-z_][A-Za-z0-9_]{0,254}`.
    mutating func symbol(_ value: JSONValue?, at pointer: String) -> String? {
        guard let text = value?.string, Self.isName(text, maximum: 255) else {
            fail(pointer, "must be the name of a C function")
            return nil
        }
        return text
    }

    private static func isName(_ text: String, maximum: Int) -> Bool {
        guard (1...maximum).contains(text.utf8.count), let first = text.utf8.first, !(0x30...0x39).contains(first)
        else {
            return false
        }
        return text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || isUpperCase($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
        }
    }

    mutating func elements(_ value: JSONValue?, at pointer: String) -> [JSONValue] {
        guard let value else { return [] }
        guard value.kind == .array else {
            fail(pointer, "must be an array")
            return []
        }
        return Array(value.elements)
    }

    /// The index of the column of that name.
    mutating func column(_ value: JSONValue?, at pointer: String) -> Int? {
        guard let name = value?.string, let index = columns.firstIndex(where: { $0.name == name }) else {
            if let name = value?.string, faultyColumns.contains(name) { return nil }
            fail(pointer, "must name one of the columns")
            return nil
        }
        return index
    }

    /// The indices of at least one column.
    mutating func columnList(_ value: JSONValue?, at pointer: String) -> [Int] {
        let names = elements(value, at: pointer)
        if names.isEmpty { fail(pointer, "must name at least one column") }
        return names.enumerated().compactMap { place, name in column(name, at: "\(pointer)/\(place)") }
    }
}

private func isUpperCase(_ unit: UInt8) -> Bool { (0x41...0x5A).contains(unit) }
