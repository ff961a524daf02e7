// What counts as a body of JSON.
import HTTPTypes

/// Media types of request bodies (RFC 9110, 8.3).
package enum MediaTypeCheck {
    /// Whether `contentType` is `application/json` or a type with the suffix `+json`, in UTF-8. A body without a type
    /// is taken as JSON.
    package static func isJSON(_ contentType: String?) -> Bool {
        // As nearly all clients write it.
        guard let contentType, contentType != "application/json" else { return true }
        return isType(contentType) { $0 == "application/json" || ($0.hasSuffix("+json") && $0.contains("/")) }
    }

    /// Whether it is `application/x-ndjson` or one of its other names.
    package static func isNDJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return true }
        return isType(contentType) {
            ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines"].contains($0)
        }
    }

    /// 415 for a body of another type.
    package static func problem(_ contentType: String, expected: String) -> Problem {
        Problem(
            .unsupportedMediaType, "Send the body as \(expected) in UTF-8, with `Content-Type: \(expected)`.",
            headers: [.accept: expected])
    }

    private static func isType(_ contentType: String, matches: (String) -> Bool) -> Bool {
        let parts = contentType.lowercased().split(separator: ";", omittingEmptySubsequences: false)
        guard let type = parts.first, matches(trimmed(type)) else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, trimmed(pair[0]) == "charset" else { return true }
            let charset = trimmed(pair[1]).filter { $0 != "\"" }
            return charset == "utf-8" || charset == "utf8" || charset == "us-ascii"
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(start[...end])
    }
}
