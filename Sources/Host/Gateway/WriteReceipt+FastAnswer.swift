// A receipt as an answer before the router.
import HTTP
import HTTPTypes

extension WriteReceipt {
    /// The same answer as `response`.
    ///
    /// - Parameter wait: for which the end was waited for in vain; `nil` where the client did not want that.
    func fastAnswer(appliedWait wait: Int? = nil) -> FastAnswer {
        var fields: [(name: StaticString, value: String)] = [
            ("Location", location), ("Retry-After", Self.retryAfter),
        ]
        if isReplayed { fields.append(("Idempotency-Replayed", "true")) }
        fields.append(("Content-Type", "application/json"))
        if let wait { fields.append(("Preference-Applied", "wait=\(wait)")) }
        return FastAnswer(status: .accepted, fields: fields, body: body)
    }
}
