// A body as a flat list of nodes over its own bytes; what the decoder walks.

/// A parsed JSON text. Numbers and strings stay as written until somebody asks for their value.
///
/// An own decoder and not Foundation's: number text reaches ``ExactDecimal`` unchanged (Foundation's
/// decoder drops digits of a `Decimal` in silence), errors carry JSON Pointers, and a plugin needs
/// no other library than the Swift runtime.
final class BodyDocument: Sendable {
    /// One value, or the name of a member, which stands before the member's value.
    struct Node {
        enum Kind: UInt8 { case object, array, string, escapedString, number, yes, no, null }

        let kind: Kind
        /// Of the text in `bytes`; without the quotes for strings.
        let start: Int
        var end: Int
        /// Index of the node after this one and all that it holds.
        var next: Int
        /// Members or elements.
        var count = 0
    }

    let bytes: [UInt8]
    let nodes: [Node]

    /// - Throws: `invalid_json`; a host's bodies are valid JSON already.
    init(parsing bytes: [UInt8]) throws(WriteRejection) {
        self.bytes = bytes
        var parser = BodyParser(bytes)
        nodes = try parser.parse()
    }

    // MARK: Values

    func string(_ node: Int) -> String? {
        switch nodes[node].kind {
        case .string: String(decoding: bytes[nodes[node].start..<nodes[node].end], as: UTF8.self)
        case .escapedString: BodyParser.unescaped(bytes[nodes[node].start..<nodes[node].end])
        default: nil
        }
    }

    func bool(_ node: Int) -> Bool? {
        switch nodes[node].kind {
        case .yes: true
        case .no: false
        default: nil
        }
    }

    /// The text of a number, exactly as written.
    func number(_ node: Int) -> ArraySlice<UInt8>? {
        guard nodes[node].kind == .number else { return nil }
        return bytes[nodes[node].start..<nodes[node].end]
    }

    /// The value of a number that is an integer and fits: `1`, and `1.0` and `1e2` too.
    func integer(_ node: Int) -> Int128? {
        guard let text = number(node) else { return nil }
        // Up to 18 digits: no overflow to look for.
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        if digits.count <= 18 {
            var value: Int64 = 0
            var isPlain = true
            for byte in digits {
                guard (0x30...0x39).contains(byte) else {
                    isPlain = false
                    break
                }
                value = value * 10 + Int64(byte - 0x30)
            }
            if isPlain { return Int128(text.count == digits.count ? value : -value) }
        }
        guard let decimal = ExactDecimal(number: text), decimal.exponent >= 0,
            let unit = ExactDecimal.powerOfTen(decimal.exponent)
        else { return nil }
        let (value, overflow) = decimal.coefficient.multipliedReportingOverflow(by: unit)
        return overflow ? nil : value
    }

    // MARK: Structure

    /// Where a value stands in `bytes`, quotes included.
    func range(_ node: Int) -> Range<Int> {
        switch nodes[node].kind {
        case .string, .escapedString: nodes[node].start - 1..<nodes[node].end + 1
        default: nodes[node].start..<nodes[node].end
        }
    }

    /// Whether a node is the string `name`.
    func isString(_ node: Int, equalTo name: String) -> Bool {
        guard nodes[node].kind == .string else { return string(node) == name }
        let text = nodes[node]
        return text.end - text.start == name.utf8.count && bytes[text.start..<text.end].elementsEqual(name.utf8)
    }

    /// The way from the root to a value. Looked for only when somebody asks: decoding needs none.
    func path(to target: Int) -> [BodyKey] {
        var path: [BodyKey] = []
        var node = 0
        while node != target {
            let isObject = nodes[node].kind == .object
            var child = node + 1
            var index = 0
            while true {
                guard index < nodes[node].count else { return path }
                let value = isObject ? child + 1 : child
                if target < nodes[value].next {
                    path.append(isObject ? BodyKey(name: string(child) ?? "") : BodyKey(index: index))
                    node = value
                    break
                }
                child = nodes[value].next
                index += 1
            }
        }
        return path
    }
}
