// One thing that is wrong with a request's body or query.
package import JSON

/// A fault in one place of a request, as it stands in the `errors` of a problem document.
package struct FieldError: Error, Sendable, Hashable {
    /// JSON Pointer (RFC 6901) into the body, or the name of a query parameter; empty: the whole body.
    package let pointer: String
    /// Snake case, stable, for programs: `required`, `unknown_member`, `total_mismatch`.
    package let code: String
    /// A sentence for people.
    package let message: String

    package init(pointer: String, code: String, message: String) {
        self.pointer = pointer.withoutNUL
        self.code = code.withoutNUL
        self.message = message.withoutNUL
    }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("pointer", pointer)
        writer.member("code", code)
        writer.member("message", message)
        writer.endObject()
    }

    /// `nil` where a member is missing or no string.
    package init?(_ value: JSONValue) {
        guard let pointer = value["pointer"]?.string, let code = value["code"]?.string,
            let message = value["message"]?.string
        else { return nil }
        self.init(pointer: pointer, code: code, message: message)
    }
}
