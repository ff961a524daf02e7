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

    /// Microseconds since 1970 of the years 1 to 9999 in UTC: others have no form in RFC 3339 when they are read back.
    private static let instants: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

    /// RFC 3339 as far as PostgreSQL follows: no year 0, also not in UTC, offsets of less than 16 hours, and not hundreds of
    /// digits.
    private static func isDateTime(_ text: String) -> Bool {
        guard let timestamp = Timestamp(rfc3339: text), text.utf8.count <= 64, !text.hasPrefix("0000") else {
            return false
        }
        // PostgreSQL rounds to microseconds, as .NET's latest time shows.
        let fraction = text.utf8.drop { $0 != UInt8(ascii: ".") }.dropFirst().prefix { (0x30...0x39).contains($0) }
        guard instants.contains(timestamp.microseconds),
            instants.contains(timestamp.microseconds + (fraction.count > 6 ? 1 : 0))
        else { return false }
        guard
            let sign = text.utf8.dropFirst(11).lastIndex(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") })
        else { return true }
        return Int(text[sign...].dropFirst().prefix(2)) ?? 0 < 16
    }

    /// The rule of HTML's e-mail input (WHATWG HTML, 4.10.5.1.5), with at least one dot in the domain.
    private static func isEmail(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { text in
            guard let at = text.firstIndex(of: UInt8(ascii: "@")), (1...64).contains(at),
                (1...253).contains(text.count - at - 1), text[..<at].allSatisfy({ localBytes[Int($0)] })
            else { return false }
            // A second @ is no alphanumeric.
            var labels = 0
            var start = at + 1
            for position in start...text.count
            where position == text.count || text[position] == UInt8(ascii: ".") {
                guard isLabel(text[start..<position]) else { return false }
                labels += 1
                start = position + 1
            }
            return labels >= 2
        }
    }

    private static func isLabel(_ label: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
            && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    /// By byte, whether it may stand before the @.
    private static let localBytes: [Bool] = (0..<256).map { byte in
        isAlphanumeric(UInt8(byte)) || ".!#$%&'*+/=?^_`{|}~-".utf8.contains(UInt8(byte))
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
