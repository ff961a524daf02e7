// What a read returns, ready to be sent.

package struct CachedBody: Sendable, Hashable {
    /// The body as PostgreSQL rendered it.
    package let bytes: [UInt8]
    /// A strong entity tag (RFC 9110, 8.8.3), with its quotes, without spaces.
    package let etag: String
    /// There is no such row: the answer is 404. That is cached like any other.
    package let isAbsent: Bool

    package init(bytes: [UInt8], etag: String, isAbsent: Bool = false) {
        self.bytes = bytes
        self.etag = etag
        self.isAbsent = isAbsent
    }
}
