// One pass over a JSON text.
import Encodings

/// Checks a text and writes its tape. Does not recurse, so depth costs no stack.
struct JSONParser {
    private let bytes: [UInt8]
    private let maximumDepth: Int
    private var position = 0
    private var nodes: [JSONNode] = []
    /// The containers that are open: indices of their nodes.
    private var open: [Int] = []

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func parse() throws(JSONError) -> [JSONNode] {
        guard bytes.count < Int32.max else { throw JSONError(.tooLarge, at: Int(Int32.max)) }
        nodes.reserveCapacity(bytes.count / 8 + 4)
        skipSpace()
        guard position < bytes.count else { throw JSONError(.empty, at: position) }
        try parseValue()
        while let container = open.last {
            skipSpace()
            let isObject = nodes[container].kind == .object
            guard let byte = current else { throw JSONError(.unexpectedEnd, at: position) }
            if byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                position += 1
                try close(container)
                continue
            }
            if nodes[container].count > 0 {
                guard byte == UInt8(ascii: ",") else { throw JSONError(.unexpectedCharacter, at: position) }
                position += 1
                skipSpace()
            }
            nodes[container].count += 1
            if isObject {
                guard current == UInt8(ascii: "\"") else { throw unexpected() }
                try parseString()
                skipSpace()
                guard current == UInt8(ascii: ":") else { throw unexpected() }
                position += 1
                skipSpace()
            }
            try parseValue()
        }
        skipSpace()
        guard position == bytes.count else { throw JSONError(.trailingBytes, at: position) }
        return nodes
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func unexpected() -> JSONError {
        JSONError(position < bytes.count ? .unexpectedCharacter : .unexpectedEnd, at: position)
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func append(_ kind: JSONNode.Kind, from start: Int) {
        nodes.append(
            JSONNode(
                kind: kind, start: Int32(start), end: Int32(position), next: Int32(nodes.count + 1), count: 0))
    }

    private mutating func close(_ container: Int) throws(JSONError) {
        open.removeLast()
        nodes[container].end = Int32(position)
        nodes[container].next = Int32(nodes.count)
        if nodes[container].kind == .object && nodes[container].count > 1 { try refuseDuplicates(in: container) }
    }

    // MARK: - Values

    private mutating func parseValue() throws(JSONError) {
        guard let byte = current else { throw JSONError(.unexpectedEnd, at: position) }
        let start = position
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < maximumDepth else { throw JSONError(.tooDeep, at: position) }
            position += 1
            open.append(nodes.count)
            append(byte == UInt8(ascii: "{") ? .object : .array, from: start)
        case UInt8(ascii: "\""):
            try parseString()
        case UInt8(ascii: "t"):
            try parseLiteral("true")
            append(.true, from: start)
        case UInt8(ascii: "f"):
            try parseLiteral("false")
            append(.false, from: start)
        case UInt8(ascii: "n"):
            try parseLiteral("null")
            append(.null, from: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try parseNumber()
            append(.number, from: start)
        default:
            throw JSONError(.unexpectedCharacter, at: position)
        }
    }

    private mutating func parseLiteral(_ literal: StaticString) throws(JSONError) {
        for offset in 0..<literal.utf8CodeUnitCount {
            // A static string's bytes are valid for as long as the process lives.
            guard let byte = current else { throw JSONError(.unexpectedEnd, at: position) }
            guard byte == literal.utf8Start[offset] else { throw JSONError(.unexpectedCharacter, at: position) }
            position += 1
        }
    }

    private mutating func parseNumber() throws(JSONError) {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
        } else {
            try parseDigits(of: start)
        }
        if current == UInt8(ascii: ".") {
            position += 1
            try parseDigits(of: start)
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try parseDigits(of: start)
        }
        if let byte = current, (0x30...0x39).contains(byte) { throw JSONError(.invalidNumber, at: start) }
    }

    private mutating func parseDigits(of start: Int) throws(JSONError) {
        let first = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        guard position > first else { throw JSONError(.invalidNumber, at: start) }
    }

    // MARK: - Strings

    private mutating func parseString() throws(JSONError) {
        let start = position
        var hasEscapes = false
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                append(hasEscapes ? .escapedString : .string, from: start)
                return
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try parseEscape()
            case 0x00..<0x20:
                throw JSONError(.controlCharacter, at: position)
            case 0x20..<0x80:
                position += 1
            default:
                try parseMultibyte(byte)
            }
        }
        throw JSONError(.unexpectedEnd, at: position)
    }

    private mutating func parseEscape() throws(JSONError) {
        let start = position
        guard position + 1 < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            let unit = try parseUnit()
            if (0xDC00..<0xE000).contains(unit) { throw JSONError(.loneSurrogate, at: start) }
            guard (0xD800..<0xDC00).contains(unit) else { return }
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw JSONError(.loneSurrogate, at: start) }
            guard (0xDC00..<0xE000).contains(try parseUnit()) else { throw JSONError(.loneSurrogate, at: start) }
        default:
            throw JSONError(.invalidEscape, at: start)
        }
    }

    /// `\uXXXX`, of which the position is at the backslash.
    private mutating func parseUnit() throws(JSONError) -> UInt32 {
        let start = position
        guard position + 6 <= bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
        var unit: UInt32 = 0
        for byte in bytes[(position + 2)..<(position + 6)] {
            guard let digit = Hexadecimal.value(byte) else { throw JSONError(.invalidEscape, at: start) }
            unit = unit << 4 | UInt32(digit)
        }
        position += 6
        return unit
    }

    /// Well-formed sequences only: table 3-7 of the Unicode Standard.
    private mutating func parseMultibyte(_ first: UInt8) throws(JSONError) {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: length = 3
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONError(.invalidUTF8, at: position)
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]),
            bytes[(position + 2)..<(position + length)].allSatisfy({ (0x80...0xBF).contains($0) })
        else { throw JSONError(.invalidUTF8, at: position) }
        position += length
    }

    // MARK: - Duplicate names

    private func refuseDuplicates(in object: Int) throws(JSONError) {
        var names: [(name: ArraySlice<UInt8>, offset: Int32)] = []
        names.reserveCapacity(Int(nodes[object].count))
        var index = object + 1
        while index < nodes[object].next {
            let node = nodes[index]
            let raw = bytes[Int(node.start + 1)..<Int(node.end - 1)]
            names.append((node.kind == .escapedString ? JSONStrings.unescaped(raw)[...] : raw, node.start))
            index = Int(nodes[index + 1].next)
        }
        if names.count <= 8 {
            for later in names.indices.dropFirst() {
                for earlier in names[..<later] where earlier.name == names[later].name {
                    throw JSONError(.duplicateMember, at: Int(names[later].offset))
                }
            }
            return
        }
        var seen: Set<ArraySlice<UInt8>> = []
        for (name, offset) in names where !seen.insert(name).inserted {
            throw JSONError(.duplicateMember, at: Int(offset))
        }
    }
}
