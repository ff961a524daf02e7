// A write as it came in over HTTP, before anything was checked.
package import Operations

/// What a request for a write says. Independent of the server that received it. A class, since it goes from hand to hand,
/// and one reference is cheaper to count than seven.
package final class WriteRequest: Sendable {
    package let kind: OperationKind
    package let table: String
    /// The id in the path, decoded; `nil` for a create.
    package let entityID: String?
    /// `Idempotency-Key` as it stands.
    package let idempotencyKey: String?
    /// `Content-Type` as it stands; `nil` where there is none.
    package let contentType: String?
    /// W3C Trace Context as it stands.
    package let traceparent: String?
    package let body: [UInt8]

    package init(
        kind: OperationKind, table: String, entityID: String? = nil, idempotencyKey: String?,
        contentType: String? = nil, traceparent: String? = nil, body: [UInt8]
    ) {
        self.kind = kind
        self.table = table
        self.entityID = entityID
        self.idempotencyKey = idempotencyKey
        self.contentType = contentType
        self.traceparent = traceparent
        self.body = body
    }

    /// What makes it the same request when it is repeated: method, path and body. A line of a batch has the same
    /// fingerprint as the request of its own would have.
    package var fingerprint: Fingerprint {
        let path = entityID.map { "/\(table)/\($0)" } ?? "/\(table)"
        return Fingerprint(method: kind.method, path: path, body: body)
    }
}
