// Header fields that the hosts use beyond the registered ones of swift-http-types.
package import HTTPTypes

extension HTTPField.Name {
    /// draft-ietf-httpapi-idempotency-key-header
    package static let idempotencyKey = known("Idempotency-Key")
    /// An earlier request with the same key stored the write.
    package static let idempotencyReplayed = known("Idempotency-Replayed")
    /// RFC 7240
    package static let prefer = known("Prefer")
    package static let preferenceApplied = known("Preference-Applied")
    /// `hit`, `miss` or `bypass`.
    package static let cacheStatus = known("X-Cache")

    package static let lastEventID = known("Last-Event-ID")
    package static let accelBuffering = known("X-Accel-Buffering")
    package static let rateLimit = known("RateLimit")
    package static let rateLimitPolicy = known("RateLimit-Policy")
    package static let forwardedFor = known("X-Forwarded-For")
    /// Of no standard; clients send it to what they take for a proxy.
    package static let proxyConnection = known("Proxy-Connection")

    private static func known(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
        return field
    }
}
