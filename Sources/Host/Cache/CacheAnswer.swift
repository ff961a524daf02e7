// The outcome of a read.

package struct CacheAnswer: Sendable {
    /// The value of the `X-Cache` header.
    package enum Source: String, Sendable {
        case hit
        case miss
        /// Redis was not asked, or could not be trusted.
        case bypass
    }

    package let body: CachedBody
    package let source: Source

    package init(body: CachedBody, source: Source) {
        self.body = body
        self.source = source
    }
}
