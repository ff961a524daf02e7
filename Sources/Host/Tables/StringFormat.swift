// The `format`s that strings can have.
import Operations

/// Formats of JSON Schema that the hosts check.
package enum StringFormat: String, Sendable, CaseIterable {
    case email
    case uuid
    case dateTime = "date-time"
    case date
    case uri

    package func matches(_ text: String) -> Bool {
        switch self {
        case .email: Self.isEmail(text)
        case .uuid: OperationID(text) != nil
        case .dateTime: Self.isDateTime(text)
        case .date: text.utf8.count == 10 && Self.isDateTime("\(text)T00:00:00Z")
        case .uri: Self.isURI(text)
        }
    }

    /// For sentences: "must be …".
    var described: String {
        switch self {
        case .email: "an e-mail address such as ada@example.com"
        case .uuid: "a UUID"
        case .dateTime: "a point in time such as 2026-11-24T12:00:00Z (RFC 3339)"
        case .date: "a date such as 2026-11-24"
        case .uri: "a URI such as https://example.com/"
        }
    }

    /// RFC 3339 as far as PostgreSQL follows: no year 0, offsets of less than 16 hours, and not hundreds of digits.
    private static func isDateTime(_ text: String) -> Bool {
        guard Timestamp(rfc3339: text) != nil, text.utf8.count <= 64, !text.hasPrefix("0000") else { return false }
        guard
            let sign = text.utf8.dropFirst(11).lastIndex(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") })
        else { return true }
        return Int(text[sign...].dropFirst().prefix(2)) ?? 0 < 16
    }

    /// The rule of HTML's e-mail input (WHATWG HTML, 4.10.5.1.5), with at least one dot in the domain.
    private static func isEmail(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].count), (1...253).contains(parts[1].count) else {
            return false
        }
        let special = Set(".!#$%&'*+/=?^_`{|}~-".utf8)
        guard parts[0].allSatisfy({ isAlphanumeric($0) || special.contains($0) }) else { return false }
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            }
    }

    /// RFC 3986: a scheme, a colon, and no character that must be encoded.
    private static func isURI(_ text: String) -> Bool {
        let scheme = text.utf8.prefix { $0 != UInt8(ascii: ":") }
        guard let first = scheme.first, scheme.count < text.utf8.count - 1, isAlphanumeric(first),
            !(0x30...0x39).contains(first),
            scheme.allSatisfy({ isAlphanumeric($0) || "+-.".utf8.contains($0) })
        else { return false }
        return text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ unit: UInt8) -> Bool {
        switch unit {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
