// JSON text to nodes (RFC 8259).

/// Reads one JSON value and nothing after it. Never reads outside of its bytes, whatever they are; UTF-8 and
/// duplicate names are the host's to check.
struct BodyParser {
    private let bytes: [UInt8]
    private var position = 0
    private var nodes: [BodyDocument.Node] = []
    /// Deeper than a host lets through (64).
    private static let maximumDepth = 128

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        nodes.reserveCapacity(min(bytes.count / 8 + 4, 1_024))
    }

    mutating func parse() throws(WriteRejection) -> [BodyDocument.Node] {
        try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw invalid }
        return nodes
    }

    private var invalid: WriteRejection {
        WriteRejection("invalid_json", "The body is not valid JSON at byte \(position).")
    }

    private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(WriteRejection) {
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): try container(.object, closing: UInt8(ascii: "}"), depth: depth)
        case UInt8(ascii: "["): try container(.array, closing: UInt8(ascii: "]"), depth: depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true", .yes)
        case UInt8(ascii: "f"): try word("false", .no)
        case UInt8(ascii: "n"): try word("null", .null)
        default: try number()
        }
    }

    private mutating func container(
        _ kind: BodyDocument.Node.Kind, closing: UInt8, depth: Int
    ) throws(WriteRejection) {
        guard depth < Self.maximumDepth else { throw invalid }
        let container = nodes.count
        nodes.append(BodyDocument.Node(kind: kind, start: position, end: position, next: container + 1))
        position += 1
        skipSpace()
        var count = 0
        while current != closing {
            if count > 0 {
                guard current == UInt8(ascii: ",") else { throw invalid }
                position += 1
                skipSpace()
            }
            if kind == .object {
                guard current == UInt8(ascii: "\"") else { throw invalid }
                try string()
                skipSpace()
                guard current == UInt8(ascii: ":") else { throw invalid }
                position += 1
            }
            try value(depth: depth + 1)
            count += 1
            skipSpace()
        }
        position += 1
        nodes[container].end = position
        nodes[container].next = nodes.count
        nodes[container].count = count
    }

    private mutating func append(_ kind: BodyDocument.Node.Kind, _ start: Int, _ end: Int) {
        nodes.append(BodyDocument.Node(kind: kind, start: start, end: end, next: nodes.count + 1))
    }

    private mutating func string() throws(WriteRejection) {
        position += 1
        let start = position
        var kind = BodyDocument.Node.Kind.string
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                append(kind, start, position)
                position += 1
                return
            case UInt8(ascii: "\\"):
                kind = .escapedString
                position += 2
            case 0..<0x20: throw invalid
            default: position += 1
            }
        }
        throw invalid
    }

    private mutating func word(_ word: StaticString, _ kind: BodyDocument.Node.Kind) throws(WriteRejection) {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, bytes[position..<end].elementsEqual(word.description.utf8) else { throw invalid }
        append(kind, position, end)
        position = end
    }

    private mutating func number() throws(WriteRejection) {
        let start = position
        scan: while position < bytes.count {
            switch bytes[position] {
            case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
                UInt8(ascii: "E"):
                position += 1
            default: break scan
            }
        }
        guard ExactDecimal.isNumber(bytes[start..<position]) else { throw invalid }
        append(.number, start, position)
    }

    /// The text of a string with its escapes replaced; `nil` where one of them is none.
    static func unescaped(_ text: ArraySlice<UInt8>) -> String? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "u"):
                guard let scalar = scalar(&rest) else { return nil }
                result.append(contentsOf: Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter)
            case let character? where #""\/"#.utf8.contains(character): result.append(character)
            default: return nil
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// What `\uXXXX`, or two of them, stand for; reads on after the `u`.
    private static func scalar(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let first = codeUnit(&rest) else { return nil }
        guard Unicode.UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) }
        guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"),
            let second = codeUnit(&rest), Unicode.UTF16.isTrailSurrogate(second)
        else { return nil }
        return Unicode.Scalar(0x10000 + (UInt32(first & 0x3FF) << 10) + UInt32(second & 0x3FF))
    }

    private static func codeUnit(_ rest: inout ArraySlice<UInt8>) -> UInt16? {
        guard rest.count >= 4 else { return nil }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = rest.popFirst().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
