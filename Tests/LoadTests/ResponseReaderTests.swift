import Load
import Testing

@Suite("Reading answers")
struct ResponseReaderTests {
    private struct Seen: Equatable {
        var statuses: [Int] = []
        var bodies: [String] = []
        var keeps: [Bool] = []
        var bytes = 0
    }

    /// Feeds the parts one after another, then the end of the connection.
    private func read(_ parts: [ArraySlice<UInt8>], isBodyless: Bool = false) throws -> Seen {
        var reader = ResponseReader(keepsContent: true, isBodyless: isBodyless)
        var seen = Seen()
        func note(_ response: HTTPResponse) {
            seen.statuses.append(response.status)
            seen.bodies.append(String(decoding: reader.body, as: UTF8.self))
            seen.keeps.append(response.keepsConnection)
            seen.bytes += response.byteCount
        }
        for part in parts {
            let bytes = Array(part)
            var position = 0
            while let response = try reader.read(bytes.span, at: &position) { note(response) }
            #expect(position == bytes.count)
        }
        if let response = try reader.end() { note(response) }
        return seen
    }

    private static let pipelined =
        "HTTP/1.1 202 Accepted\r\nLocation: /status/1\r\ncontent-LENGTH:  5 \r\n\r\nhello"
        + "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"
        + "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=b\r\nhello\r\n0B\r\n, and more.\r\n0\r\nTrailer: 1\r\n\r\n"
        + "HTTP/1.1 404 Not Found\nContent-Length: 0\nConnection: close\n\n"

    private static let whole = Seen(
        statuses: [202, 204, 200, 404], bodies: ["hello", "", "hello, and more.", ""],
        keeps: [true, true, true, false],
        bytes: pipelined.utf8.count)

    @Test("pipelined answers come out one by one, wherever the bytes are split")
    func split() throws {
        let bytes = Array(Self.pipelined.utf8)
        #expect(try read([bytes[...]]) == Self.whole)
        #expect(try read(bytes.indices.map { bytes[$0...$0] }) == Self.whole)
        for place in bytes.indices {
            #expect(try read([bytes[..<place], bytes[place...]]) == Self.whole)
        }
    }

    @Test("an answer without a length ends with the connection")
    func untilClose() throws {
        let bytes = Array("HTTP/1.0 200 OK\r\n\r\nall the rest".utf8)
        for place in bytes.indices {
            let seen = try read([bytes[..<place], bytes[place...]])
            #expect(seen == Seen(statuses: [200], bodies: ["all the rest"], keeps: [false], bytes: bytes.count))
        }
    }

    @Test("answers to HEAD have a length and no body")
    func head() throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        #expect(try read([Array((text + text).utf8)[...]], isBodyless: true).statuses == [200, 200])
    }

    @Test("HTTP/1.0 keeps the connection only where it says so")
    func oldVersion() throws {
        let text = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n"
        #expect(try read([Array(text.utf8)[...]]).keeps == [true])
    }

    @Test("the Location is kept with the answer that had it")
    func location() throws {
        var reader = ResponseReader(keepsContent: true)
        let bytes = Array(Self.pipelined.utf8)
        var position = 0
        _ = try reader.read(bytes.span, at: &position)
        #expect(String(decoding: reader.location, as: UTF8.self) == "/status/1")
        _ = try reader.read(bytes.span, at: &position)
        #expect(reader.location.isEmpty)
    }

    @Test(
        "what is no answer is refused",
        arguments: [
            "SSH-2.0-x\r\n", "HTTP/2 200\r\n", "HTTP/1.1 20x OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe",
        ])
    func refused(text: String) {
        #expect(throws: LoadError.self) { try read([Array(text.utf8)[...]]) }
    }
}
