import Load
import NIOCore
import Testing

@Suite("Requests")
struct RequestTests {
    private func template(_ text: String) throws -> Template { try Template(text) { _ in [] } }

    private func written(_ request: RequestTemplate, times: Int = 1) -> String {
        var writer = RequestWriter(request, values: RequestValues(number: 9, stride: 1))
        var buffer = ByteBuffer()
        for _ in 0..<times { writer.write(into: &buffer) }
        return String(buffer: buffer)
    }

    @Test("the length is that of the body as it was rendered")
    func length() throws {
        let request = try RequestTemplate(
            method: "POST", target: template("/a/{n}"), authority: "h:1", headers: [("X", template("v{n}"))],
            body: template("<{n}>"))
        #expect(
            written(request, times: 2)
                == "POST /a/9 HTTP/1.1\r\nHost: h:1\r\nX: v9\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n<9>"
                + "POST /a/10 HTTP/1.1\r\nHost: h:1\r\nX: v10\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n<10>"
        )
    }

    @Test("without placeholders it is the same each time")
    func fixed() throws {
        let get = try RequestTemplate(method: "GET", target: template("/"), authority: "h", headers: [], body: nil)
        #expect(written(get, times: 2) == String(repeating: "GET / HTTP/1.1\r\nHost: h\r\n\r\n", count: 2))
        let post = try RequestTemplate(
            method: "POST", target: template("/"), authority: "h",
            headers: [("host", template("o")), ("content-type", template("text/plain"))], body: template("ab"))
        #expect(
            written(post) == "POST / HTTP/1.1\r\nhost: o\r\ncontent-type: text/plain\r\nContent-Length: 2\r\n\r\nab")
    }

    @Test(
        "what would not be a request is refused", arguments: [("GE T", "X"), ("GET", "a b"), ("GET", "Content-Length")])
    func refused(method: String, header: String) {
        #expect(throws: LoadError.self) {
            try RequestTemplate(
                method: method, target: template("/"), authority: "h", headers: [(header, template(""))], body: nil)
        }
    }

    @Test("URLs are split, and a port and a path need not be there")
    func urls() throws {
        let url = try LoadURL("http://localhost:8080/api/write/x?y={n}#z")
        #expect((url.host, url.port) == ("localhost", 8080))
        #expect(url.target == "/api/write/x?y={n}")
        #expect(url.authority == "localhost:8080")
        let short = try LoadURL("HTTP://[::1]")
        #expect((short.host, short.port, short.target) == ("::1", 80, "/"))
        #expect(short.authority == "[::1]")
        #expect(short.base == "")
    }

    @Test(
        "what is no http URL says why",
        arguments: [
            ("localhost:80", "must begin with http://"), ("https://a", "TLS"), ("http://", "host is missing"),
            ("http://a:x", "port"), ("http://a:70000/", "port"), ("http://a/b c", "percent-encoded"),
        ])
    func noURL(text: String, reason: String) {
        let error = #expect(throws: LoadError.self) { try LoadURL(text) }
        #expect(error?.description.contains(reason) == true)
    }
}
