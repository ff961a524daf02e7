// The request header that makes a repeated write harmless.

/// The value of `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): 1 to 255 visible ASCII characters.
package struct IdempotencyKey: Hashable, Sendable {
    package let text: String

    /// - Parameter headerValue: the header's value. A quoted structured-field string (RFC 9651, 3.3.3) is unquoted.
    package init(headerValue: String?) throws(IdempotencyKeyError) {
        guard let headerValue else { throw .missing }
        let trimmed = headerValue.utf8.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        var units = Array(trimmed)
        while let last = units.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { units.removeLast() }
        if units.first == UInt8(ascii: "\"") {
            units = try Self.unquoted(units)
        }
        guard !units.isEmpty else { throw .missing }
        guard units.count <= 255 else { throw .tooLong(units.count) }
        guard units.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .notVisibleASCII }
        text = String(decoding: units, as: UTF8.self)
    }

    /// A UUID is the operation id as it stands; any other key is hashed.
    package var operationID: OperationID {
        // The empty part is where who asks would stand. Without it the ids of keys that clients repeat would change.
        OperationID(text) ?? OperationID.derived(from: "idempotency-key", "", text)
    }

    private static func unquoted(_ units: [UInt8]) throws(IdempotencyKeyError) -> [UInt8] {
        guard units.count >= 2, units.last == UInt8(ascii: "\"") else { throw .unterminatedString }
        var result: [UInt8] = []
        var isEscaped = false
        for unit in units[1..<(units.count - 1)] {
            if isEscaped {
                guard unit == UInt8(ascii: "\"") || unit == UInt8(ascii: "\\") else { throw .unterminatedString }
                result.append(unit)
                isEscaped = false
            } else if unit == UInt8(ascii: "\\") {
                isEscaped = true
            } else if unit == UInt8(ascii: "\"") {
                throw .unterminatedString
            } else {
                result.append(unit)
            }
        }
        guard !isEscaped else { throw .unterminatedString }
        return result
    }
}

/// Why an `Idempotency-Key` can't be used. The description is a sentence for the client.
package enum IdempotencyKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    case missing
    case tooLong(Int)
    case notVisibleASCII
    case unterminatedString

    package var description: String {
        switch self {
        case .missing:
            "The Idempotency-Key header is required on every write. Send a new UUID for each new operation and "
                + "the same one when you retry."
        case .tooLong(let count):
            "The Idempotency-Key header has \(count) characters; 255 are allowed. A UUID is enough."
        case .notVisibleASCII:
            "The Idempotency-Key header may have visible ASCII characters only (no spaces, no control characters)."
        case .unterminatedString:
            "The Idempotency-Key header begins with a quote but is not a valid quoted string (RFC 9651)."
        }
    }
}
