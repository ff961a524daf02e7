// The head of a request, read from the connection's bytes.
import Glibc

/// Request line and header section of an HTTP/1.1 request (RFC 9112, 2 to 6), read strictly. Whatever is not plain is
/// not judged here: it is left to the server's own decoder, which knows all of HTTP and answers what is wrong.
package struct RequestHead: Sendable, Equatable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"
    }

    package enum Reading: Sendable, Equatable {
        /// What is there may be the beginning of a head.
        case incomplete
        /// No HTTP/1.1, or something with which the end of the request can't be told from its head alone, or that
        /// concerns the connection: a transfer coding, `Expect`, `Upgrade`, `Connection: close`.
        case unusual
        /// The same, and the client sends no further request: HTTP/1.0, or `Connection: close`.
        case last(isHTTP10: Bool)
        case complete(RequestHead)
    }

    package let method: Method
    /// Path and query, as they stand.
    package let target: String
    /// Of the path, in the target.
    private let pathLength: Int
    /// The length of the head in bytes, the empty line included.
    package let length: Int
    /// The length of the body in bytes.
    package private(set) var contentLength = 0
    package private(set) var idempotencyKey: String?
    package private(set) var contentType: String?
    package private(set) var traceparent: String?
    package private(set) var accept: String?
    /// `Prefer` (RFC 7240).
    package private(set) var preference: String?
    /// `If-None-Match` and its like, or `Range` (RFC 9110, 13 and 14).
    package private(set) var isConditional = false
    /// The path needs no decoding, no field above is there twice, and their values are ASCII; there is one `Host`.
    package private(set) var isOrdinary: Bool

    /// With the slash before it.
    package var path: Substring { Substring(target.utf8.prefix(pathLength)) }

    /// What follows the question mark; `nil` where there is none.
    package var query: Substring? {
        target.utf8.count > pathLength ? Substring(target.utf8.dropFirst(pathLength + 1)) : nil
    }

    /// Largest head that is read; what is longer is `unusual`.
    package static let maximumLength = 8_192
    /// More than these are `unusual`; the server's decoder has its own limit.
    private static let maximumFields = 64

    /// Reads the head at the beginning of `bytes`.
    package static func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
        var lines = HeaderLines(bytes)
        switch lines.next() {
        case .none: return startsLikeRequest(bytes) && bytes.count <= maximumLength ? .incomplete : .unusual
        case .malformed: return .unusual
        case .line(let range):
            guard let line = RequestLine(bytes, range) else {
                return RequestLine.isOfHTTP10(bytes, range) ? .last(isHTTP10: true) : .unusual
            }
            return readFields(line, &lines, bytes)
        }
    }

    private static func readFields(
        _ line: RequestLine, _ lines: inout HeaderLines, _ bytes: UnsafeRawBufferPointer
    ) -> Reading {
        var fields = FieldReader()
        for _ in 0...maximumFields {
            switch lines.next() {
            case .none: return bytes.count <= maximumLength ? .incomplete : .unusual
            case .malformed: return .unusual
            case .line(let range) where range.isEmpty:
                guard lines.position <= maximumLength else { return .unusual }
                var head = RequestHead(
                    method: line.method, target: line.target, pathLength: line.pathLength, length: lines.position,
                    isOrdinary: line.isPlain)
                head.take(fields)
                return .complete(head)
            case .line(let range):
                guard fields.take(bytes, range) else {
                    return fields.endsConnection ? .last(isHTTP10: false) : .unusual
                }
            }
        }
        return .unusual
    }

    private init(method: Method, target: String, pathLength: Int, length: Int, isOrdinary: Bool) {
        self.method = method
        self.target = target
        self.pathLength = pathLength
        self.length = length
        self.isOrdinary = isOrdinary
    }

    private mutating func take(_ fields: FieldReader) {
        contentLength = fields.contentLength ?? 0
        idempotencyKey = fields.idempotencyKey
        contentType = fields.contentType
        traceparent = fields.traceparent
        accept = fields.accept
        preference = fields.preference
        isConditional = fields.isConditional
        if fields.isRepeated || fields.hosts != 1 { isOrdinary = false }
    }

    /// Whether the bytes may become a request line; what can't is not waited for.
    private static func startsLikeRequest(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes.prefix(8) {
            if byte == UInt8(ascii: " ") { return true }
            guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) else { return false }
        }
        return bytes.count < 8
    }
}
