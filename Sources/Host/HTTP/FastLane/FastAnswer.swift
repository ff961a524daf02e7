// An answer that needs no router.
package import HTTPTypes

/// A complete answer as it goes over the wire (RFC 9112), but for `Date` and what concerns the connection.
package struct FastAnswer: Sendable {
    /// The status line and fields, each with its CRLF.
    package let head: [UInt8]
    package let body: [UInt8]

    package init(_ response: BufferedResponse) {
        body = response.body
        var head = ResponseHead(response.status)
        for (name, value) in response.fields { head.append(name.rawName, value) }
        head.append("Content-Length", String(body.count))
        self.head = head.bytes
    }

    package init(status: HTTPResponse.Status, fields: [BufferedResponse.Field], body: [UInt8]) {
        self.init(BufferedResponse(status: status, fields: fields, body: body))
    }
}
