// A request whose parts are templates.

/// One kind of HTTP/1.1 request, compiled once; a `RequestWriter` writes it again and again.
package struct RequestTemplate: Sendable {
    package let method: String
    /// Everything before the Content-Length; with a body, or without one its end too.
    let head: Template
    let body: Template?

    /// - Parameters:
    ///   - method: upper case, such as POST.
    ///   - target: path and query.
    ///   - authority: the value of Host, unless a header is named so.
    ///   - headers: in the order in which they are sent.
    /// - Throws: `LoadError` where a name or the method can't stand in a request.
    package init(
        method: String, target: Template, authority: String, headers: [(name: String, value: Template)], body: Template?
    ) throws(LoadError) {
        guard Self.isToken(method) else { throw LoadError("\(method) is no HTTP method") }
        self.method = method
        self.body = body
        var head = Template(literal: Array("\(method) ".utf8))
        head.append(target)
        head.append(" HTTP/1.1\r\n")
        let names = Set(headers.map { $0.name.lowercased() })
        if !names.contains("host") { head.append("Host: \(authority)\r\n") }
        for (name, value) in headers {
            guard Self.isToken(name) else { throw LoadError("\(name) is no name of a header") }
            guard !["content-length", "transfer-encoding"].contains(name.lowercased()) else {
                throw LoadError("\(name) is set by the load itself")
            }
            head.append("\(name): ")
            head.append(value)
            head.append("\r\n")
        }
        if body != nil {
            if !names.contains("content-type") { head.append("Content-Type: application/json\r\n") }
        } else if ["POST", "PUT", "PATCH"].contains(method) {
            head.append("Content-Length: 0\r\n\r\n")
        } else {
            head.append("\r\n")
        }
        self.head = head
    }

    /// `token` of RFC 9110.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }
}
