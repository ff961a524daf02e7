// What is no request is answered, in its turn.
import HTTP
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import Testing

@Suite("Connection guard")
struct HTTPConnectionGuardTests {
    private let channel = EmbeddedChannel()
    private let get = HTTPRequest(method: .get, scheme: nil, authority: "a", path: "/")

    @discardableResult
    private func connect(streamsBody: Bool = false) throws -> ConnectionGuard {
        let connection = ConnectionGuard(maximumHeaderBytes: 100, maximumBodyBytes: 10) { _ in streamsBody }
        try channel.pipeline.syncOperations.addHandler(connection)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return connection
    }

    /// The statuses and bodies that were written.
    private func written() throws -> [HTTPResponse] {
        channel.embeddedEventLoop.run()
        var heads: [HTTPResponse] = []
        while let part = try channel.readOutbound(as: HTTPResponsePart.self) {
            if case .head(let head) = part { heads.append(head) }
        }
        return heads
    }

    private func respond(_ status: HTTPResponse.Status) throws {
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: status)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
    }

    @Test("headers over the limit are 431, and the connection is closed")
    func overflow() throws {
        try connect()
        channel.pipeline.fireErrorCaught(HTTPParserError.headerOverflow)
        let heads = try written()
        #expect(heads.map(\.status.code) == [431])
        #expect(heads[0].headerFields[.contentType] == Problem.mediaType)
        #expect(heads[0].headerFields[.connection] == "close")
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("garbage after a request is answered after that request")
    func inTurn() throws {
        try connect()
        try channel.writeInbound(HTTPRequestPart.head(get))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        channel.pipeline.fireErrorCaught(HTTPParserError.invalidMethod)
        channel.pipeline.fireErrorCaught(HTTPParserError.invalidMethod)
        #expect(try written().isEmpty)
        #expect(channel.isActive)
        try respond(.ok)
        #expect(try written().map(\.status.code) == [200, 400])
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("an error inside a body belongs to its request")
    func insideBody() throws {
        try connect()
        try channel.writeInbound(HTTPRequestPart.head(get))
        channel.pipeline.fireErrorCaught(HTTPParserError.invalidChunkSize)
        #expect(try written().isEmpty)
        #expect(throws: HTTPParserError.invalidChunkSize) { try channel.throwIfErrorCaught() }
    }

    @Test("a client that asks first may send a body that will be taken, and no other")
    func expectContinue() throws {
        try connect()
        for (length, codes) in [("10", [100]), ("11", [])] {
            var head = get
            head.headerFields = [.expect: "100-continue", .contentLength: length]
            try channel.writeInbound(HTTPRequestPart.head(head))
            try channel.writeInbound(HTTPRequestPart.end(nil))
            #expect(try written().map(\.status.code) == codes)
            try respond(.ok)
            _ = try written()
        }
    }

    @Test("a body that is read as it comes may be longer")
    func expectContinueStreamed() throws {
        try connect(streamsBody: true)
        var head = HTTPRequest(method: .post, scheme: nil, authority: "a", path: "/")
        head.headerFields = [.expect: "100-continue", .contentLength: "1000000"]
        try channel.writeInbound(HTTPRequestPart.head(head))
        #expect(try written().map(\.status.code) == [100])
    }

    @Test(
        "a last request that is answered before all of it has come ends the connection when it has, or after a while",
        arguments: [true, false])
    func earlyLastAnswer(comesWhole: Bool) throws {
        try connect().closeAfterAnswer(isHTTP10: false)
        let reads = ReadCounter()
        try channel.pipeline.syncOperations.addHandler(reads, position: .first)
        try channel.writeInbound(HTTPRequestPart.head(get))
        try respond(.contentTooLarge)
        let heads = try written()
        #expect(heads.map(\.status.code) == [413] && heads[0].headerFields[.connection] == "close")
        #expect(channel.isActive)
        // Who answered reads no more: the rest is read, and dropped, here.
        for _ in 0..<3 {
            let before = reads.count
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "x")))
            #expect(reads.count == before + 1 && channel.isActive)
        }
        #expect(try channel.readInbound(as: HTTPRequestPart.self) == .head(get))
        #expect(try channel.readInbound(as: HTTPRequestPart.self) == nil)
        if comesWhole {
            try channel.writeInbound(HTTPRequestPart.end(nil))
        } else {
            channel.embeddedEventLoop.advanceTime(by: .seconds(30))
        }
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
    }

    @Test("what comes behind the last request is none")
    func behindLast() throws {
        try connect().closeAfterAnswer(isHTTP10: false)
        for _ in 0..<2 {
            try channel.writeInbound(HTTPRequestPart.head(get))
            try channel.writeInbound(HTTPRequestPart.end(nil))
        }
        try respond(.ok)
        #expect(try written().map(\.status.code) == [200])
        #expect(!channel.isActive)
    }

    @Test(
        "a request after which nothing more is decoded is the last, and no more is read for it",
        arguments: [
            (HTTPRequest.Method.get, "Upgrade, HTTP2-Settings", "h2c", true), (.connect, "keep-alive", nil, true),
            (.get, "keep-alive", "h2c", false), (.get, "x, Close", nil, true),
        ] as [(HTTPRequest.Method, String, String?, Bool)])
    func lastForTheDecoder(method: HTTPRequest.Method, options: String, upgrade: String?, isLast: Bool) throws {
        try connect()
        let reads = ReadCounter()
        try channel.pipeline.syncOperations.addHandler(reads, position: .first)
        var head = HTTPRequest(method: method, scheme: nil, authority: "a", path: "/")
        head.headerFields[.connection] = options
        head.headerFields[.upgrade] = upgrade
        try channel.writeInbound(HTTPRequestPart.head(head))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        let before = reads.count
        channel.pipeline.read()
        #expect(reads.count == (upgrade != nil && isLast || method == .connect ? before : before + 1))
        try respond(.ok)
        #expect(try written().map { $0.headerFields[.connection] } == [isLast ? "close" : nil])
        #expect(channel.isActive == !isLast)
    }

    @Test("a server that stops says so with the last answer")
    func stopping() throws {
        try connect()
        try channel.writeInbound(HTTPRequestPart.head(get))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        try respond(.ok)
        #expect(try written().first?.headerFields[.connection] == "close")
    }
}
