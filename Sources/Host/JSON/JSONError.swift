// Why a text is not the JSON that is accepted here.

/// A fault in a JSON text, with its place.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case empty
        case unexpectedEnd = "unexpected_end"
        case unexpectedCharacter = "unexpected_character"
        case invalidNumber = "invalid_number"
        case invalidEscape = "invalid_escape"
        case loneSurrogate = "lone_surrogate"
        case invalidUTF8 = "invalid_utf8"
        case controlCharacter = "control_character"
        case duplicateMember = "duplicate_member"
        case tooDeep = "too_deep"
        case tooLarge = "too_large"
        case trailingBytes = "trailing_bytes"
    }

    package let code: Code
    /// In bytes from the start of the text.
    package let offset: Int

    init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    /// A sentence for people; none of the text is in it.
    package var message: String {
        let what =
            switch code {
            case .empty: "the text is empty; a JSON value was expected"
            case .unexpectedEnd: "the text ends in the middle of a value"
            case .unexpectedCharacter: "a character stands where JSON allows none like it"
            case .invalidNumber: "a number is not written as JSON numbers are"
            case .invalidEscape: "a string has an escape that JSON does not know"
            case .loneSurrogate: "a string has one half of a surrogate pair without the other"
            case .invalidUTF8: "the bytes are not valid UTF-8"
            case .controlCharacter: "a string has a control character that is not escaped"
            case .duplicateMember: "an object has the same member name twice"
            case .tooDeep: "objects and arrays stand too deep inside each other"
            case .tooLarge: "the text is too large"
            case .trailingBytes: "something follows the value"
            }
        return "\(what) (at byte \(offset))"
    }

    package var description: String { message }
}
