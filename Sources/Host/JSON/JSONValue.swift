// One value of a document.

/// A value inside a `JSONDocument`: cheap to copy, and it keeps the document alive.
package struct JSONValue: Sendable {
    package enum Kind: String, Sendable {
        case object, array, string, number, boolean, null
    }

    let storage: JSONStorage
    let index: Int

    private var node: JSONNode { storage.nodes[index] }

    package var kind: Kind {
        switch node.kind {
        case .object: .object
        case .array: .array
        case .string, .escapedString: .string
        case .number: .number
        case .true, .false: .boolean
        case .null: .null
        }
    }

    package var isNull: Bool { node.kind == .null }

    /// The exact bytes of the value as they were written.
    package var source: ArraySlice<UInt8> { storage.bytes[Int(node.start)..<Int(node.end)] }

    /// The string, escapes resolved; `nil` where the value is none.
    package var string: String? {
        utf8.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The string's UTF-8, escapes resolved; `nil` where the value is none.
    package var utf8: ArraySlice<UInt8>? {
        let raw = storage.bytes[Int(node.start + 1)..<max(Int(node.start + 1), Int(node.end - 1))]
        return switch node.kind {
        case .string: raw
        case .escapedString: JSONStrings.unescaped(raw)[...]
        default: nil
        }
    }

    package var bool: Bool? {
        switch node.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The number exactly as it was written; `nil` where the value is none.
    package var numberText: String? {
        node.kind == .number ? String(decoding: source, as: UTF8.self) : nil
    }

    /// The number, where it is whole and fits: `12`, `1e2` and `1.0` do.
    package var int64: Int64? {
        guard node.kind == .number else { return nil }
        var value: Int64 = 0
        var isNegative = false
        for byte in source {
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
                let digit = Int64(byte - UInt8(ascii: "0"))
                let (sum, overflowedToo) =
                    isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
                // A fraction or an exponent may still bring it back into range.
                if overflowed || overflowedToo { return JSONDecimal(source)?.int64 }
                value = sum
            default:
                return JSONDecimal(source)?.int64
            }
        }
        return value
    }

    /// The nearest binary number; `nil` where the value is none or out of range.
    package var double: Double? {
        guard let numberText, let value = Double(numberText), value.isFinite else { return nil }
        return value
    }

    /// The number, exactly.
    package var decimal: JSONDecimal? {
        node.kind == .number ? JSONDecimal(source) : nil
    }

    /// Members of an object or elements of an array; 0 for everything else.
    package var count: Int { Int(node.count) }

    /// The member of that name; `nil` where there is none or the value is no object.
    package subscript(name: String) -> JSONValue? {
        let object = node
        guard object.kind == .object else { return nil }
        var name = name
        return name.withUTF8 { name in
            var position = index + 1
            while position < object.next {
                let value = position + 1
                if matches(storage.nodes[position], name) { return JSONValue(storage: storage, index: value) }
                position = Int(storage.nodes[value].next)
            }
            return nil
        }
    }

    /// The element at that place; `nil` where there is none or the value is no array.
    package subscript(place: Int) -> JSONValue? {
        guard node.kind == .array, place >= 0, place < node.count else { return nil }
        var position = index + 1
        for _ in 0..<place { position = Int(storage.nodes[position].next) }
        return JSONValue(storage: storage, index: position)
    }

    private func matches(_ node: JSONNode, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let range = Int(node.start + 1)..<Int(node.end - 1)
        if node.kind == .escapedString { return JSONStrings.unescaped(storage.bytes[range]).elementsEqual(name) }
        guard range.count == name.count else { return false }
        return storage.bytes.withUnsafeBufferPointer { bytes in
            for position in 0..<name.count where bytes[range.lowerBound + position] != name[position] { return false }
            return true
        }
    }

    /// The members of an object, in order; none for everything else.
    package var members: Members { Members(storage: storage, position: index + 1, end: end(of: .object)) }

    /// The elements of an array, in order; none for everything else.
    package var elements: Elements { Elements(storage: storage, position: index + 1, end: end(of: .array)) }

    private func end(of kind: JSONNode.Kind) -> Int { node.kind == kind ? Int(node.next) : index + 1 }

    package struct Members: Sequence, IteratorProtocol, Sendable {
        let storage: JSONStorage
        var position: Int
        let end: Int

        package mutating func next() -> (name: String, value: JSONValue)? {
            guard position < end else { return nil }
            let name = JSONValue(storage: storage, index: position)
            let value = JSONValue(storage: storage, index: position + 1)
            position = Int(storage.nodes[position + 1].next)
            return (name.string ?? "", value)
        }
    }

    package struct Elements: Sequence, IteratorProtocol, Sendable {
        let storage: JSONStorage
        var position: Int
        let end: Int

        package mutating func next() -> JSONValue? {
            guard position < end else { return nil }
            defer { position = Int(storage.nodes[position].next) }
            return JSONValue(storage: storage, index: position)
        }
    }
}
