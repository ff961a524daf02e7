// A receipt as an answer before the router.
import HTTP
import HTTPTypes

extension WriteReceipt {
    /// The same answer as `response`.
    var fastAnswer: FastAnswer {
        var fields: [(name: StaticString, value: String)] = [
            ("Location", location), ("Retry-After", Self.retryAfter),
        ]
        if isReplayed { fields.append(("Idempotency-Replayed", "true")) }
        fields.append(("Content-Type", "application/json"))
        return FastAnswer(status: .accepted, fields: fields, body: body)
    }
}
