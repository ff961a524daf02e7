// The header fields of a request that matter here.

/// Takes header lines (RFC 9112, 5) one after the other. Fields that it does not know are checked and passed over.
struct FieldReader {
    private(set) var contentLength: Int?
    private(set) var idempotencyKey: String?
    private(set) var contentType: String?
    private(set) var traceparent: String?
    private(set) var accept: String?
    private(set) var preference: String?
    private(set) var isConditional = false
    /// How often `Host` is there: a request of HTTP/1.1 has one (RFC 9112, 3.2).
    private(set) var hosts = 0
    /// A field that is kept is there twice, or its value is not ASCII.
    private(set) var isRepeated = false
    /// The client sends no further request: `Connection: close`.
    private(set) var endsConnection = false

    /// - Returns: false for a line that is malformed, or that makes the request's length or the connection's future
    ///   uncertain.
    mutating func take(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Bool {
        var colon = line.lowerBound
        while colon < line.upperBound, Self.tokenBytes[Int(bytes[colon])] { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else { return false }
        guard let value = Self.value(bytes, (colon + 1)..<line.upperBound) else { return false }
        return take(
            UnsafeRawBufferPointer(rebasing: bytes[line.lowerBound..<colon]),
            UnsafeRawBufferPointer(rebasing: bytes[value]))
    }

    private mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 4: if Self.equal(name, "host") { hosts += 1 }
        case 5: if Self.equal(name, "range") { isConditional = true }
        case 6:
            if Self.equal(name, "expect") { return false }
            if Self.equal(name, "accept") { accept = kept(value, before: accept) }
            if Self.equal(name, "prefer") { preference = kept(value, before: preference) }
        case 7: return !Self.equal(name, "upgrade")
        case 8: if Self.equal(name, "if-match") || Self.equal(name, "if-range") { isConditional = true }
        case 10: return !Self.equal(name, "connection") || takeConnection(value)
        case 11: if Self.equal(name, "traceparent") { traceparent = kept(value, before: traceparent) }
        case 12: if Self.equal(name, "content-type") { contentType = kept(value, before: contentType) }
        case 13: if Self.equal(name, "if-none-match") { isConditional = true }
        case 14: if Self.equal(name, "content-length") { return takeLength(value) }
        case 15: if Self.equal(name, "idempotency-key") { idempotencyKey = kept(value, before: idempotencyKey) }
        // The same to the decoder behind.
        case 16: return !Self.equal(name, "proxy-connection") || takeConnection(value)
        case 17:
            if Self.equal(name, "if-modified-since") { isConditional = true }
            return !Self.equal(name, "transfer-encoding")
        case 19: if Self.equal(name, "if-unmodified-since") { isConditional = true }
        default: break
        }
        return true
    }

    /// A list of options (RFC 9110, 7.6.1).
    private mutating func takeConnection(_ value: UnsafeRawBufferPointer) -> Bool {
        if Self.equal(value, "keep-alive") { return true }
        endsConnection = value.split(separator: UInt8(ascii: ",")).contains { option in
            guard let trimmed = Self.value(value, option.startIndex..<option.endIndex) else { return false }
            return Self.equal(UnsafeRawBufferPointer(rebasing: value[trimmed]), "close")
        }
        return false
    }

    private mutating func kept(_ value: UnsafeRawBufferPointer, before: String?) -> String {
        if before != nil || !value.allSatisfy({ $0 < 0x80 }) { isRepeated = true }
        return String(decoding: value, as: UTF8.self)
    }

    /// Digits only, and once.
    private mutating func takeLength(_ value: UnsafeRawBufferPointer) -> Bool {
        guard contentLength == nil, (1...15).contains(value.count) else { return false }
        var length = 0
        for byte in value {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return false }
            length = length * 10 + Int(byte - UInt8(ascii: "0"))
        }
        contentLength = length
        return true
    }

    /// The value without the spaces around it; `nil` where it has control characters.
    private static func value(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int>? {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, isSpace(bytes[lower]) { lower += 1 }
        while lower < upper, isSpace(bytes[upper - 1]) { upper -= 1 }
        for position in lower..<upper where bytes[position] < 0x20 || bytes[position] == 0x7F {
            guard bytes[position] == 0x09 else { return nil }
        }
        return lower..<upper
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// - Parameter text: in lower case.
    private static func equal(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        let other = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        for position in 0..<bytes.count {
            let byte = bytes[position]
            let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
            guard lower == other[position] else { return false }
        }
        return true
    }

    /// By byte, whether it may be part of a token (RFC 9110, 5.6.2).
    private static let tokenBytes: [Bool] = (0..<256).map { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case let byte: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
