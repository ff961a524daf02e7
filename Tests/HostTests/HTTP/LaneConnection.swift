// A connection's handlers as the server puts them together, with a fast lane before them or without.
@testable import HTTP
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Bytes in, answers out. Not for more than one thread.
final class LaneConnection {
    private let channel = EmbeddedChannel()
    let responder = LaneResponder()
    let router: LaneRouter
    let reads = ReadCounter()
    let passedOn = PassedBuffers()
    private var output: [UInt8] = []

    /// - Parameter isRouterLate: the router's answers wait for the test.
    init(hasLane: Bool = true, isRouterLate: Bool = false) throws {
        router = LaneRouter(isLate: isRouterLate)
        let configuration = HTTPServerConfiguration(host: "", port: 0)
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = configuration.maximumHeaderBytes
        limits.maxHeaderListSize = configuration.maximumHeaderBytes
        limits.maxHeaderFieldCount = 128
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        let connection = ConnectionGuard(
            maximumHeaderBytes: configuration.maximumHeaderBytes, maximumBodyBytes: configuration.maximumBodyBytes)
        try pipeline.addHandler(connection)
        if hasLane {
            let lane = FastLane(responder, before: connection)
            try pipeline.addHandler(FastLaneInsertion(lane))
            try pipeline.addHandler(passedOn, position: .after(lane))
        }
        try pipeline.addHandler(router)
        try pipeline.addHandler(reads, position: .first)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.embeddedEventLoop.run()
    }

    deinit {
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
    }

    var isOpen: Bool { channel.isActive }

    /// The client is gone.
    func close() {
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
    }

    /// One read of the socket.
    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: some Sequence<UInt8>) throws {
        guard channel.isActive else { return }
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.embeddedEventLoop.run()
    }

    func closeInput() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        channel.embeddedEventLoop.run()
    }

    func quiesce() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        channel.embeddedEventLoop.run()
    }

    /// The router begins an answer, whatever it has read.
    func beginAnswer() {
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .ok)), promise: nil)
        channel.embeddedEventLoop.run()
    }

    /// Time passes: the lane's timeout is 75 s.
    func pass(_ time: TimeAmount) {
        channel.embeddedEventLoop.advanceTime(by: time)
        channel.embeddedEventLoop.run()
    }

    /// Whether the socket takes more: it does not while the client does not read.
    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
        channel.embeddedEventLoop.run()
    }

    /// The channel asks for more, as it does after each read.
    func read() { channel.pipeline.read() }

    /// Answers whatever waits in the lane.
    @discardableResult
    func answerLate() -> Bool {
        defer { channel.embeddedEventLoop.run() }
        return responder.answerNext()
    }

    /// Answers the request that waits in the router.
    @discardableResult
    func answerRouter() -> Bool {
        defer { channel.embeddedEventLoop.run() }
        return router.answerNext()
    }

    /// Answers until nothing waits.
    func settle() {
        while answerLate() || answerRouter() {}
    }

    /// All that was written and flushed so far.
    func answers() throws -> [WireAnswer] { try WireAnswer.parse(written()) }

    /// The same as it stands.
    func written() throws -> [UInt8] {
        channel.embeddedEventLoop.run()
        while case .byteBuffer(let buffer)? = try channel.readOutbound(as: IOData.self) {
            output += buffer.readableBytesView
        }
        return output
    }

    /// Forgets what was written so far.
    func dropOutput() {
        _ = try? answers()
        output = []
    }
}
