// Regular expressions of descriptors.
import Glibc

/// A POSIX extended regular expression (regex(7)) over Unicode characters, compiled once. It may match anywhere unless
/// it is anchored.
///
/// What other dialects have and POSIX has not is refused, because it would silently mean something else: `\d`, `\w`,
/// `\1`, `(?:…)`. So no pattern needs backtracking.
final class TextPattern: @unchecked Sendable {
    // Unchecked: regexec(3) only reads a compiled expression and is documented as thread-safe; the locale is read only.
    private let expression: UnsafeMutablePointer<regex_t>
    private let locale: locale_t
    let source: String

    /// `nil` where the expression is not well formed.
    init?(_ source: String) {
        guard !Self.hasForeignSyntax(source), !source.utf8.contains(0),
            // Without it a pattern would count bytes and not characters.
            let locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
        else { return nil }
        let expression = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        guard Self.with(locale, { regcomp(expression, source, REG_EXTENDED | REG_NOSUB) }) == 0 else {
            // Nothing is stored yet, so `deinit` does not run.
            expression.deallocate()
            freelocale(locale)
            return nil
        }
        self.source = source
        self.locale = locale
        self.expression = expression
    }

    deinit {
        regfree(expression)
        expression.deallocate()
        freelocale(locale)
    }

    /// A string with a NUL matches nothing: C strings end there.
    func matches(_ text: String) -> Bool {
        !text.utf8.contains(0) && Self.with(locale) { regexec(expression, text, 0, nil, 0) == 0 }
    }

    /// Runs `body` with the locale set for this thread alone.
    private static func with<Value>(_ locale: locale_t, _ body: () -> Value) -> Value {
        let previous = uselocale(locale)
        defer { uselocale(previous) }
        return body()
    }

    private static func hasForeignSyntax(_ source: String) -> Bool {
        let units = Array(source.utf8)
        var endOfBrackets = 0
        var index = 0
        while index < units.count {
            let next = index + 1 < units.count ? units[index + 1] : 0
            switch units[index] {
            case UInt8(ascii: "\\"):
                // Between brackets as well, where POSIX takes the backslash for itself.
                if (0x30...0x39).contains(next) || (0x41...0x5A).contains(next & 0xDF) { return true }
                index += 1
            case UInt8(ascii: "[") where index >= endOfBrackets:
                endOfBrackets = Self.endOfBrackets(in: units, from: index)
            case UInt8(ascii: "(") where index >= endOfBrackets && next == UInt8(ascii: "?"): return true
            default: break
            }
            index += 1
        }
        return false
    }

    /// The index after a bracket expression. `]` stands for itself where it comes first, and ends `[:alpha:]` and the like.
    private static func endOfBrackets(in units: [UInt8], from start: Int) -> Int {
        var index = start + 1
        if index < units.count && units[index] == UInt8(ascii: "^") { index += 1 }
        if index < units.count && units[index] == UInt8(ascii: "]") { index += 1 }
        while index < units.count && units[index] != UInt8(ascii: "]") {
            let next = index + 1 < units.count ? units[index + 1] : 0
            if units[index] == UInt8(ascii: "["), ":.=".utf8.contains(next) {
                index += 2
                while index + 1 < units.count && !(units[index] == next && units[index + 1] == UInt8(ascii: "]")) {
                    index += 1
                }
                index += 1
            }
            index += 1
        }
        return index + 1
    }
}
