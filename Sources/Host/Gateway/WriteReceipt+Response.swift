// A receipt as Hummingbird's answer.
import HTTP
import HTTPTypes
package import Hummingbird

extension WriteReceipt {
    /// 202 with `Location` and `Retry-After`.
    package var response: Response {
        var headers: HTTPFields = [.location: location, .retryAfter: Self.retryAfter]
        if isReplayed { headers[.idempotencyReplayed] = "true" }
        return Response(status: .accepted, mediaType: "application/json", headers: headers, bytes: body)
    }
}
