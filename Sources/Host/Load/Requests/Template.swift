// Text with placeholders, compiled once.
package import NIOCore

/// Segments that are written one after another into a buffer.
///
/// `{n}` is the request's number, `{uuid}` its random UUID, `{choice:FILE}` a random line of a file. Braces around
/// anything but a word, such as those of JSON, stand for themselves.
package struct Template: Sendable {
    private enum Segment: Sendable {
        case literal([UInt8])
        case number
        case uuid
        case choice([[UInt8]])
    }

    private var segments: [Segment] = []

    /// Literal bytes as they are.
    package init(literal bytes: [UInt8] = []) {
        if !bytes.isEmpty { segments = [.literal(bytes)] }
    }

    /// - Parameter contentOf: reads the file of a `{choice:FILE}`.
    /// - Throws: `LoadError` where a placeholder is unknown or its file has no line; what `contentOf` throws.
    package init(_ text: String, contentOf: (String) throws -> [UInt8]) throws {
        var literal: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            guard byte == UInt8(ascii: "{"), let inner = Self.placeholder(rest) else {
                literal.append(byte)
                rest.removeFirst()
                continue
            }
            if !literal.isEmpty { segments.append(.literal(literal)) }
            literal = []
            segments.append(try Self.segment(String(decoding: inner, as: UTF8.self), contentOf))
            rest = rest[(inner.endIndex + 1)...]
        }
        if !literal.isEmpty { segments.append(.literal(literal)) }
    }

    /// The bytes where there is no placeholder; `nil` where each rendering may differ.
    package var fixed: [UInt8]? {
        var bytes: [UInt8] = []
        for segment in segments {
            guard case .literal(let literal) = segment else { return nil }
            bytes += literal
        }
        return bytes
    }

    /// Adds the segments of another template at the end.
    package mutating func append(_ other: Template) {
        for segment in other.segments {
            if case .literal(let added) = segment, case .literal(let last) = segments.last {
                segments[segments.count - 1] = .literal(last + added)
            } else {
                segments.append(segment)
            }
        }
    }

    package mutating func append(_ text: String) { append(Template(literal: Array(text.utf8))) }

    /// Writes the text for one request.
    package func render(into buffer: inout ByteBuffer, _ values: inout RequestValues) {
        for segment in segments {
            switch segment {
            case .literal(let bytes): buffer.writeBytes(bytes)
            case .number: values.writeNumber(into: &buffer)
            case .uuid: values.writeUUID(into: &buffer)
            case .choice(let lines):
                buffer.writeBytes(lines[Int(values.random.next(upperBound: UInt64(lines.count)))])
            }
        }
    }

    /// What is between the braces at the start, where it is a word or a word, a colon and more.
    private static func placeholder(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let inner = text.dropFirst().prefix { $0 != UInt8(ascii: "}") }
        let word = inner.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
        guard inner.endIndex < text.endIndex, !word.isEmpty else { return nil }
        return word.count == inner.count || inner[word.endIndex] == UInt8(ascii: ":") ? inner : nil
    }

    private static func segment(_ name: String, _ contentOf: (String) throws -> [UInt8]) throws -> Segment {
        switch name {
        case "n": return .number
        case "uuid": return .uuid
        case _ where name.hasPrefix("choice:"):
            let file = String(name.dropFirst("choice:".count))
            let lines = try contentOf(file).split { $0 == 0x0A || $0 == 0x0D }.map(Array.init)
            guard !lines.isEmpty else { throw LoadError("\(file) has no line to choose for {\(name)}") }
            return .choice(lines)
        default:
            throw LoadError("{\(name)} is no placeholder: there are {n}, {uuid} and {choice:FILE}")
        }
    }
}
