// Entity tags: RFC 9110, 8.8.3.

enum EntityTag {
    /// Whether an `If-None-Match` names the tag: `*`, or a list, compared weakly.
    static func matches(_ values: [String], _ tag: String) -> Bool {
        for part in values.flatMap({ $0.split(separator: ",") }) {
            var candidate = part.drop { $0 == " " || $0 == "\t" }
            while candidate.last == " " || candidate.last == "\t" { candidate.removeLast() }
            if candidate == "*" { return true }
            if candidate.hasPrefix("W/") { candidate.removeFirst(2) }
            if candidate == tag { return true }
        }
        return false
    }
}
