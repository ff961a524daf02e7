// Regular expressions of descriptors.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A POSIX extended regular expression (regex(7)), compiled once. It may match anywhere unless it is anchored.
final class TextPattern: @unchecked Sendable {
    // Unchecked: regexec(3) only reads a compiled expression and is documented as thread-safe.
    private let expression: UnsafeMutablePointer<regex_t>
    let source: String

    /// `nil` where the expression is not well formed.
    init?(_ source: String) {
        self.source = source
        expression = .allocate(capacity: 1)
        guard regcomp(expression, source, REG_EXTENDED | REG_NOSUB) == 0 else {
            expression.deallocate()
            return nil
        }
    }

    deinit {
        regfree(expression)
        expression.deallocate()
    }

    /// A string with a NUL matches nothing: C strings end there.
    func matches(_ text: String) -> Bool {
        !text.utf8.contains(0) && regexec(expression, text, 0, nil, 0) == 0
    }
}
