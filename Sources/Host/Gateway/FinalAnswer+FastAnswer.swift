// The end of an operation as an answer before the router.
import HTTP
import HTTPTypes
import Operations

extension FinalAnswer {
    /// The same answer as `response`, with `Preference-Applied`.
    func fastAnswer(appliedWait wait: Int) -> FastAnswer {
        if var problem {
            problem.headers[.preferenceApplied] = "wait=\(wait)"
            return FastAnswer(problem)
        }
        var fields: [(name: StaticString, value: String)] = [("Location", location)]
        if receipt.isReplayed { fields.append(("Idempotency-Replayed", "true")) }
        fields.append(("Content-Type", "application/json"))
        fields.append(("Preference-Applied", "wait=\(wait)"))
        return FastAnswer(status: kind == .create ? .created : .ok, fields: fields, body: status.responseBody)
    }
}
