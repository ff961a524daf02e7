// An answer that needs no router.
package import HTTPTypes

/// A complete answer as it goes over the wire (RFC 9112), but for `Date` and what concerns the connection.
package struct FastAnswer: Sendable {
    /// The status line and fields, each with its CRLF.
    package let head: [UInt8]
    package let body: [UInt8]

    /// - Parameter body: its length is told.
    package init(status: HTTPResponse.Status, fields: [(name: StaticString, value: String)], body: [UInt8]) {
        self.body = body
        var head = ResponseHead(status)
        for (name, value) in fields { head.append(name, value) }
        head.append("Content-Length", String(body.count))
        self.head = head.bytes
    }

    /// The same answer as the router gives to the problem.
    package init(_ problem: Problem) {
        body = problem.body
        var head = ResponseHead(problem.kind.status)
        for field in problem.headers { head.append(field.name.rawName, field.value) }
        head.append("Content-Type", Problem.mediaType)
        head.append("Content-Length", String(body.count))
        head.append("Cache-Control", "no-store")
        self.head = head.bytes
    }
}
