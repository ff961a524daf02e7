// What a client is told about a text that is no JSON.
package import JSON
import Operations

extension Problem {
    /// 400 for a text that is no valid JSON, with what is wrong and where.
    ///
    /// - Parameter what: the text: "The body", "The line".
    package static func invalidJSON(_ error: JSONError, in what: String) -> Problem {
        let message = error.message
        return Problem(
            .invalidJSON,
            "\(what) is \(error.code == .empty ? "empty" : "no valid JSON"). Send one JSON object in UTF-8 (RFC 8259).",
            errors: [
                FieldError(
                    pointer: "", code: error.code.rawValue,
                    message: message.prefix(1).uppercased() + message.dropFirst() + ".")
            ])
    }
}
