// What the fast lane takes for a request, what it waits for, and what it leaves to the server's decoder.
@testable import HTTP
import TestSupport
import Testing

@Suite("Request heads")
struct HTTPRequestHeadTests {
    private func read(_ text: String) -> RequestHead.Reading { read(Array(text.utf8)) }

    private func read(_ bytes: [UInt8]) -> RequestHead.Reading {
        bytes.withUnsafeBytes { RequestHead.read($0) }
    }

    private func head(_ text: String) throws -> RequestHead {
        guard case .complete(let head) = read(text) else {
            Issue.record("\(text.debugDescription) is \(read(text))")
            throw NotComplete()
        }
        return head
    }

    private struct NotComplete: Error {}

    private static let full = """
        PATCH /items/5?a=1&b=%20 HTTP/1.1\r
        Host: example.com:8080\r
        content-LENGTH: 12\r
        Idempotency-Key: \t k-1 \t\r
        Content-Type:application/json; charset=utf-8\r
        traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r
        Accept: */*\r
        Connection: Keep-Alive\r
        X-Empty:\r
        X-Text: caf\u{E9}, a\tb\r
        \r

        """

    @Test(
        "a plain head of each method is read",
        arguments: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func methods(method: String) throws {
        let text = "\(method) /items/a-Z_0.9~ HTTP/1.1\r\nHost: a\r\n\r\n"
        let head = try head(text + "what follows")
        #expect(head.method.rawValue == method)
        #expect(head.path == "/items/a-Z_0.9~" && head.query == nil)
        #expect(head.length == text.utf8.count && head.contentLength == 0)
        #expect(head.isOrdinary && head.preference == nil && !head.isConditional)
        #expect(head.idempotencyKey == nil && head.contentType == nil && head.accept == nil && head.traceparent == nil)
    }

    @Test("the fields that matter are read whatever their case and the space around them")
    func fields() throws {
        let head = try head(Self.full)
        #expect(head.method == .patch && head.path == "/items/5" && head.query == "a=1&b=%20")
        #expect(head.length == Self.full.utf8.count && head.contentLength == 12)
        #expect(head.idempotencyKey == "k-1")
        #expect(head.contentType == "application/json; charset=utf-8")
        #expect(head.traceparent == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        #expect(head.accept == "*/*")
        #expect(head.isOrdinary)
    }

    @Test("a head without fields, and an empty query")
    func smallest() throws {
        #expect(try head("GET / HTTP/1.1\r\nHost: a\r\n\r\n").path == "/")
        let head = try head("GET /? HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head.path == "/" && head.query?.isEmpty == true && head.isOrdinary)
    }

    @Test("every part of a head but all of it is waited for")
    func prefixes() {
        for text in [
            Self.full, "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n",
        ] {
            let bytes = Array(text.utf8)
            for length in 0..<bytes.count {
                let reading = read(Array(bytes[..<length]))
                #expect(reading == .incomplete, "after \(length) bytes of \(text.debugDescription)")
            }
        }
    }

    @Test(
        "a head that is not plain is left to the decoder",
        arguments: [
            // Ends of lines.
            "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "\nGET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\rb: c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n",
            // Lines that go on.
            "GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", "GET / HTTP/1.1\r\nX: a\r\n\tb\r\n\r\n",
            "GET / HTTP/1.1\r\n X: a\r\n\r\n",
            // Length and connection.
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\ntransfer-encoding: identity\r\n\r\n",
            "POST / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection:\r\n\r\n", "GET / HTTP/1.1\r\nConnection: closed, ,\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 1 1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: \r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1000000000000000\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            // Request lines.
            "GET / HTTP/1.2\r\n\r\n", "GET / http/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\n\r\n", "OPTIONS * HTTP/1.1\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\n\r\n",
            "GET a HTTP/1.1\r\n\r\n", "GET /a#b HTTP/1.1\r\n\r\n", "GET /?a#b HTTP/1.1\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n", "GET /  HTTP/1.1\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n",
            "GET /\tHTTP/1.1\r\n\r\n", "GET /caf\u{E9} HTTP/1.1\r\n\r\n", "GET /a\u{7F} HTTP/1.1\r\n\r\n",
            "get / HTTP/1.1\r\n\r\n", "TRACE / HTTP/1.1\r\n\r\n", "PROPFIND / HTTP/1.1\r\n\r\n",
            "GETS / HTTP/1.1\r\n\r\n", " GET / HTTP/1.1\r\n\r\n", "GET HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n",
            // Fields.
            "GET / HTTP/1.1\r\nX : a\r\n\r\n", "GET / HTTP/1.1\r\nX\r\n\r\n", "GET / HTTP/1.1\r\n: a\r\n\r\n",
            "GET / HTTP/1.1\r\nX(y): a\r\n\r\n", "GET / HTTP/1.1\r\nX\u{E9}: a\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\u{0}b\r\n\r\n", "GET / HTTP/1.1\r\nX: \u{1F}\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\u{7F}\r\n\r\n", "GET / HTTP/1.1\r\nX: a\u{B}b\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length : 1\r\n\r\n", "GET / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n",
            // What can become no request line is not waited for.
            "get", "G\u{0}", "\u{16}\u{3}\u{1}\u{2}", "PROPFIND", "HTTP/1.1 200 OK",
        ])
    func unusual(text: String) {
        #expect(read(text) == .unusual)
    }

    @Test(
        "the last request of a connection is told from others",
        arguments: [
            "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "GET / HTTP/1.1\r\nConnection: Close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nCONNECTION: keep-alive , close\t, TE\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / HTTP/1.1\r\nProxy-Connection: close\r\n\r\n",
        ])
    func last(text: String) {
        #expect(read(text) == .last(isHTTP10: text.contains("1.0")))
    }

    @Test(
        "a first line that is shorter than a version is left to the decoder",
        arguments: [
            "\r\n", "G\r\n", "GET\r\n", "GET /\r\n", "HTTP/1.1\r\n", " HTTP/1.1\r\n", "\r\nGET / HTTP/1.1\r\n\r\n",
        ])
    func shortLine(text: String) {
        #expect(read(text) == .unusual)
    }

    @Test(
        "a head that the lane can't judge is complete, and not ordinary",
        arguments: [
            "GET /a%20b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a+b HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a;b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a@b:c?d HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nIdempotency-Key: 1\r\nIdempotency-Key: 1\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\ncontent-type: a/b\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nAccept: a/b\r\nAccept: a/b\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\ntraceparent: 1\r\nTraceparent: 1\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nIdempotency-Key: caf\u{E9}\r\n\r\n",
        ])
    func notOrdinary(text: String) throws {
        let head = try head(text)
        #expect(!head.isOrdinary)
        #expect(head.length == text.utf8.count)
    }

    @Test("a query needs no decoding by the lane")
    func query() throws {
        let head = try head("GET /a?b=%20&c=d+e;f HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head.isOrdinary && head.query == "b=%20&c=d+e;f")
    }

    @Test(
        "conditions and ranges are told",
        arguments: ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"])
    func conditional(name: String) throws {
        #expect(try head("GET / HTTP/1.1\r\n\(name): x\r\n\r\n").isConditional)
        #expect(try head("GET / HTTP/1.1\r\n\(name.uppercased()): x\r\n\r\n").isConditional)
        #expect(try !head("GET / HTTP/1.1\r\nX-\(name): x\r\n\r\n").isConditional)
    }

    @Test("preferences are told")
    func preference() throws {
        #expect(try head("GET / HTTP/1.1\r\nPREFER: wait=1\r\n\r\n").preference == "wait=1")
        #expect(try head("GET / HTTP/1.1\r\nPrefers: wait=1\r\n\r\n").preference == nil)
    }

    @Test(
        "lengths are decimal",
        arguments: [("0", 0), ("007", 7), (" 12 ", 12), ("999999999999999", 999_999_999_999_999)])
    func lengths(text: String, length: Int) throws {
        #expect(try head("POST / HTTP/1.1\r\nContent-Length:\(text)\r\n\r\n").contentLength == length)
    }

    @Test("a head up to the limit is read, a larger one left to the decoder, as soon as it can be told")
    func tooLong() throws {
        let start = "GET / HTTP/1.1\r\nX: "
        let room = RequestHead.maximumLength - start.utf8.count - 4
        let largest = start + String(repeating: "x", count: room) + "\r\n\r\n"
        #expect(try head(largest).length == RequestHead.maximumLength)
        #expect(read(start + String(repeating: "x", count: room + 1) + "\r\n\r\n") == .unusual)
        #expect(read(start + String(repeating: "x", count: RequestHead.maximumLength)) == .unusual)
        #expect(read("GET /" + String(repeating: "x", count: RequestHead.maximumLength)) == .unusual)
    }

    @Test("64 fields are read, 65 left to the decoder")
    func manyFields() throws {
        func text(_ count: Int) -> String {
            "GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: count) + "\r\n"
        }
        _ = try head(text(64))
        #expect(read(text(65)) == .unusual)
    }

    @Test("no bytes, however strange, are read beyond what they are")
    func anything() {
        var random = SeededNumbers(seed: 24)
        let full = Array(Self.full.utf8)
        for _ in 0..<20_000 {
            var bytes = full
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert([10, 13, 32, 58, 0].randomElement(using: &random) ?? 0, at: place)
                }
            }
            if case .complete(let head) = read(bytes) {
                #expect(head.length <= bytes.count)
                #expect(bytes[..<head.length].suffix(4) == [13, 10, 13, 10])
            }
        }
    }
}
