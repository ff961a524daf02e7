// A write as it came in over HTTP, before anything was checked.
package import Operations

/// What a request for a write says. Independent of the server that received it.
package struct WriteRequest: Sendable {
    package var kind: OperationKind
    package var table: String
    /// The id in the path, decoded; `nil` for a create.
    package var entityID: String?
    /// `Idempotency-Key` as it stands.
    package var idempotencyKey: String?
    /// `Content-Type` as it stands; `nil` where there is none.
    package var contentType: String?
    /// Who asks; empty where nobody has to say.
    package var principal: String
    /// W3C Trace Context as it stands.
    package var traceparent: String?
    package var body: [UInt8]

    package init(
        kind: OperationKind, table: String, entityID: String? = nil, idempotencyKey: String?,
        contentType: String? = nil, principal: String = "", traceparent: String? = nil, body: [UInt8]
    ) {
        self.kind = kind
        self.table = table
        self.entityID = entityID
        self.idempotencyKey = idempotencyKey
        self.contentType = contentType
        self.principal = principal
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

extension OperationKind {
    /// The HTTP method of the operation.
    package var method: String {
        switch self {
        case .create: "POST"
        case .upsert: "PUT"
        case .update: "PATCH"
        case .delete: "DELETE"
        }
    }
}
