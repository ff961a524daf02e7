// What the answer to a write looks like.
import HTTP
import HTTPTypes
import Operations
import Streams

/// A client that wants to be told the end of its write (`Prefer: wait`, RFC 7240), and was registered before the write was
/// published.
struct AwaitedEnd: Sendable {
    let ticket: DoneWatch.Ticket
    /// At most.
    let seconds: Int
    let done: DoneWatch
}

extension WriteAnswer {
    /// The answer: at once, or, where the client waits, once the operation has ended or the time is over.
    ///
    /// - Parameter completion: called exactly once, on any thread, also before this returns.
    func response(
        to kind: OperationKind, awaiting end: AwaitedEnd?, completion: @escaping @Sendable (BufferedResponse) -> Void
    ) {
        switch (self, end) {
        case (.refused(let problem), let end):
            if let end { end.done.cancel(end.ticket) }
            completion(BufferedResponse(problem))
        case (.accepted(let receipt), nil):
            completion(receipt.response)
        case (.accepted(let receipt), let end?):
            if receipt.isReplayed { end.done.lookBack(end.ticket) }
            end.done.outcome(end.ticket, within: .seconds(end.seconds)) { status in
                var response =
                    status.map {
                        FinalAnswer($0.seen(byRequest: receipt.fingerprint), kind: kind, receipt: receipt).response
                    } ?? receipt.response
                response.fields.append((.preferenceApplied, "wait=\(end.seconds)"))
                completion(response)
            }
        }
    }
}

extension WriteReceipt {
    /// 202 with `Location` and `Retry-After`.
    var response: BufferedResponse {
        BufferedResponse(
            status: .accepted, fields: fields(location: location, [(.retryAfter, Self.retryAfter)]), body: body)
    }

    /// - Parameter others: beyond those that every answer to a stored write has.
    func fields(location: String, _ others: [BufferedResponse.Field] = []) -> [BufferedResponse.Field] {
        var fields: [BufferedResponse.Field] = [(.location, location)]
        fields.append(contentsOf: others)
        if isReplayed { fields.append((.idempotencyReplayed, "true")) }
        fields.append((.contentType, "application/json"))
        return fields
    }
}
