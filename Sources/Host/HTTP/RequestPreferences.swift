// The `Prefer` header.

/// What a client prefers (RFC 7240). Only `wait` is understood here; the rest is ignored, as the RFC wants.
package struct RequestPreferences: Sendable, Equatable {
    /// The longest wait that is honoured, in seconds.
    package static let maximumWait = 30

    /// Seconds that the client would wait for the outcome, 30 at most; `nil` where it did not say so.
    package var wait: Int?

    /// - Parameter values: the values of all `Prefer` headers. Of a preference that is given twice the first counts.
    package init(headerValues values: some Sequence<String>) {
        for value in values {
            for preference in Self.split(value, at: ",") {
                // Parameters of a preference follow a semicolon.
                guard let pair = Self.split(preference, at: ";").first, wait == nil else { continue }
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, Self.trimmed(parts[0]).lowercased() == "wait" else { continue }
                let number = Self.trimmed(parts[1]).filter { $0 != "\"" }
                guard !number.isEmpty, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { continue }
                wait = min(Int(number) ?? Self.maximumWait, Self.maximumWait)
            }
        }
    }

    /// Splits where `separator` is not inside a quoted string.
    private static func split(_ text: some StringProtocol, at separator: Character) -> [String] {
        var parts = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character == separator, !isQuoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
