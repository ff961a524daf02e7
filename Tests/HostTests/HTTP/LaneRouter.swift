// Stands in for Hummingbird behind the decoder.
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// As the server's own: it sees what was read only when the read is complete, has one request in hand at a time, closes
/// after a request that wants that, at the end of input, and where the server stops as soon as no request is open.
final class LaneRouter: ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    /// Answers wait for the test.
    private let isLate: Bool
    /// Targets of the requests that came whole.
    private(set) var requests: [String] = []
    private(set) var bodies: [[UInt8]] = []
    private(set) var completedReads = 0
    private(set) var hasEnd = false
    private(set) var isStopping = false

    private var context: ChannelHandlerContext?
    private var arrived: [HTTPRequestPart] = []
    private var ready: [HTTPRequestPart] = []
    private var head: HTTPRequest?
    private var body: [UInt8] = []
    /// The request in hand has come whole.
    private var isWhole = false
    private var isWorking = false
    private var hasFailed = false
    /// Heads that came, less answers.
    private var open = 0

    init(isLate: Bool) {
        self.isLate = isLate
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .head = part { open += 1 }
        arrived.append(part)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        completedReads += 1
        takeArrived()
        work()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let end as ChannelEvent where end == .inputClosed:
            hasEnd = true
            takeArrived()
            work()
        case is ChannelShouldQuiesceEvent:
            isStopping = true
            if open == 0 { context.close(promise: nil) }
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        hasFailed = true
        takeArrived()
        work()
    }

    /// Answers the request in hand.
    ///
    /// - Returns: whether one has come whole.
    @discardableResult
    func answerNext() -> Bool {
        guard isWhole, !isWorking else { return false }
        isWorking = true
        answer()
        isWorking = false
        work()
        return true
    }

    private func takeArrived() {
        ready += arrived
        arrived = []
    }

    private func work() {
        guard !isWorking else { return }
        isWorking = true
        while !ready.isEmpty, !isWhole {
            switch ready.removeFirst() {
            case .head(let head):
                self.head = head
                body = []
            case .body(let buffer):
                body += buffer.readableBytesView
            case .end:
                isWhole = true
                requests.append(head?.path ?? "")
                bodies.append(body)
                if !isLate { answer() }
            }
        }
        isWorking = false
        guard ready.isEmpty, !isWhole else { return }
        if hasFailed {
            hasFailed = false
            if head != nil { write(.badRequest, Array("broken".utf8)) }
            head = nil
            closeLater()
        } else if hasEnd {
            closeLater()
        }
    }

    private func answer() {
        guard let head else { return }
        self.head = nil
        isWhole = false
        let method = head.method.rawValue
        write(LaneAnswer.status(method), LaneAnswer.body(method, head.path ?? "", body))
        if head.headerFields[.connection] == "close" { closeLater() }
        if isStopping, open == 0 { context?.close(promise: nil) }
    }

    private func write(_ status: HTTPResponse.Status, _ body: [UInt8]) {
        guard let context else { return }
        open -= 1
        let fields: HTTPFields = [.contentType: LaneAnswer.mediaType, .contentLength: String(body.count)]
        context.write(wrapOutboundOut(.head(HTTPResponse(status: status, headerFields: fields))), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Its task closes, in a turn of its own.
    private func closeLater() {
        guard let context else { return }
        let channel = context.channel
        context.eventLoop.execute { channel.close(promise: nil) }
    }
}

@available(*, unavailable)
extension LaneRouter: Sendable {}
