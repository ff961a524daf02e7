// An answer that needs no router.
package import HTTPTypes

/// A complete answer as it goes over the wire (RFC 9112), but for `Date` and what concerns the connection.
package struct FastAnswer: Sendable {
    /// The status line and fields, each with its CRLF.
    package private(set) var head: [UInt8]
    package let body: [UInt8]

    /// - Parameter body: its length is told.
    package init(status: HTTPResponse.Status, fields: [(name: StaticString, value: String)], body: [UInt8]) {
        self.init(status: status, body: body)
        for (name, value) in fields { append(name, value) }
        append("Content-Length", String(body.count))
    }

    /// The same answer as the router gives to the problem.
    package init(_ problem: Problem) {
        self.init(status: problem.kind.status, body: problem.body)
        for field in problem.headers { append(field.name.rawName, field.value) }
        append("Content-Type", Problem.mediaType)
        append("Content-Length", String(body.count))
        append("Cache-Control", "no-store")
    }

    private init(status: HTTPResponse.Status, body: [UInt8]) {
        self.body = body
        head = []
        head.reserveCapacity(320)
        head.append(contentsOf: "HTTP/1.1 ".utf8)
        head.append(contentsOf: String(status.code).utf8)
        head.append(UInt8(ascii: " "))
        head.append(contentsOf: status.reasonPhrase.utf8)
        head.append(contentsOf: "\r\n".utf8)
    }

    private mutating func append(_ name: StaticString, _ value: String) {
        head.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        append(value)
    }

    private mutating func append(_ name: String, _ value: String) {
        head.append(contentsOf: name.utf8)
        append(value)
    }

    private mutating func append(_ value: String) {
        head.append(contentsOf: ": ".utf8)
        head.append(contentsOf: value.utf8)
        head.append(contentsOf: "\r\n".utf8)
    }
}
