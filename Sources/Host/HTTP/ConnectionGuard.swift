// Answers what is not a request: malformed or oversized heads.
package import HTTPTypes
package import NIOCore
import NIOHTTP1
package import NIOHTTPTypes

/// A channel handler right behind the HTTP decoder. Where a request's head can't be read it answers 431 or 400 with a
/// problem document, after the answers to the requests before it, and closes; Hummingbird would close or answer
/// without a body. It also gives leave to send a body to clients that wait for it (`Expect: 100-continue`). An error in
/// the middle of a body is passed on to the request that the body belongs to.
///
/// After a request that asks for another protocol (`Upgrade`, `CONNECT`) NIO's decoder reads no further request: it is
/// answered as it stands, and the connection ends then.
///
/// Lives on its channel's event loop.
package final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias InboundOut = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    private let maximumHeaderBytes: Int
    private let maximumBodyBytes: Int
    private let streamsBody: (HTTPRequest) -> Bool
    /// A head has come and its end has not.
    private var isRequestOpen = false
    /// Requests whose answer has not ended.
    private var unanswered = 0
    private var isStopping = false
    /// The client sends no further request.
    private var isLast = false
    /// The last request has come whole: what follows is none.
    private var hasLastEnded = false
    /// The last request is answered, and the rest of its body is read and dropped here: what is behind has stopped reading.
    private var isDropping = false
    private var endOfDropping: Scheduled<Void>?
    /// The decoder reads nothing after the request that comes now.
    private var isDecoderDone = false
    /// What to answer once the requests before are answered; nothing else is read meanwhile.
    private var pending: Problem?
    /// It is about a request whose answer has a head alone.
    private var isPendingBodiless = false
    private var onIdle: (() -> Void)?
    private var isOfHTTP10 = false
    /// Beginnings and ends of requests that have come.
    private(set) var milestones = 0

    /// - Parameter streamsBody: which requests may have a larger body.
    package init(
        maximumHeaderBytes: Int, maximumBodyBytes: Int, streamsBody: @escaping (HTTPRequest) -> Bool = { _ in false }
    ) {
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumBodyBytes = maximumBodyBytes
        self.streamsBody = streamsBody
    }

    /// Every request that came this far has come whole and is answered whole.
    package var isIdle: Bool { unanswered == 0 && !isRequestOpen && pending == nil }

    /// A request that has come whole waits for its answer.
    package var isAnswering: Bool { unanswered > 0 && !isRequestOpen }

    /// - Parameter action: called on the event loop each time an answer has ended and the connection is idle.
    package func whenIdle(_ action: @escaping () -> Void) { onIdle = action }

    /// The connection ends after the request that comes now (RFC 9112, 9.3 and 9.6).
    ///
    /// - Parameter isHTTP10: the client knows neither transfer codings nor interim answers.
    package func closeAfterAnswer(isHTTP10: Bool) {
        isLast = true
        isOfHTTP10 = isHTTP10
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard pending == nil, !hasLastEnded else { return }
        if isDropping {
            if case .end = unwrapInboundIn(data) { context.close(promise: nil) }
            return
        }
        switch unwrapInboundIn(data) {
        case .head(let head) where !isOfHTTP10 && !Self.hasOneHost(head):
            milestones += 1
            isDecoderDone = Self.endsDecoding(head)
            let problem = Problem(
                .badRequest, "A request of HTTP/1.1 has one header field Host, no more and no less (RFC 9112, 3.2).")
            return refuse(problem, bodiless: head.method == .head, context: context)
        case .head(let head):
            milestones += 1
            isRequestOpen = true
            isDecoderDone = Self.endsDecoding(head)
            if isDecoderDone || Self.options(head).contains("close") { isLast = true }
            unanswered += 1
            if unanswered == 1, mayContinue(head) {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body:
            break
        case .end:
            milestones += 1
            isRequestOpen = false
            hasLastEnded = isLast
        }
        context.fireChannelRead(data)
        // It was answered before it had come whole.
        if hasLastEnded && unanswered == 0 { context.close(promise: nil) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if isDropping { context.read() }
    }

    package func read(context: ChannelHandlerContext) {
        // What comes now would pile up in the decoder.
        if !isDecoderDone || isRequestOpen { context.read() }
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where (isStopping || isLast) && unanswered == 1:
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body:
            context.write(data, promise: promise)
        case .end:
            unanswered -= 1
            // Not while its body still comes: bytes that nobody reads reset the connection, and with it the answer.
            if isLast && !isRequestOpen && unanswered == 0 && pending == nil {
                return writeLast(data, promise: promise, context: context)
            }
            context.write(data, promise: promise)
            if isLast && unanswered == 0 && pending == nil { return dropRest(context) }
            if unanswered == 0, let pending {
                context.flush()
                answer(pending, context: context)
            } else if isIdle {
                onIdle?()
            }
        }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        onIdle = nil
        endOfDropping?.cancel()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The server stops: the connection is closed after the requests in hand, and the client is told.
        if event is ChannelShouldQuiesceEvent { isStopping = true }
        context.fireUserInboundEventTriggered(event)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard pending == nil else { return }
        guard !isRequestOpen, !(error is IOError), !(error is ChannelError) else {
            context.fireErrorCaught(error)
            return
        }
        refuse(problem(for: error), context: context)
    }

    /// Answers once the requests before are answered; nothing else is read.
    private func refuse(_ problem: Problem, bodiless: Bool = false, context: ChannelHandlerContext) {
        pending = problem
        isPendingBodiless = bodiless
        if unanswered == 0 { answer(problem, context: context) }
    }

    /// The first one is the authority.
    private static func hasOneHost(_ head: HTTPRequest) -> Bool {
        head.authority != nil && !head.headerFields.contains { $0.name.canonicalName == "host" }
    }

    /// The options in `Connection` (RFC 9110, 7.6.1), in lower case, and in what llhttp takes for the same.
    private static func options(_ head: HTTPRequest) -> [Substring] {
        [HTTPField.Name.connection, .proxyConnection].flatMap { name in
            (head.headerFields[name] ?? "").lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }
        }
    }

    /// As llhttp sees it: another protocol may follow.
    private static func endsDecoding(_ head: HTTPRequest) -> Bool {
        head.method == .connect || (head.headerFields[.upgrade] != nil && options(head).contains("upgrade"))
    }

    /// Whether the client waits for leave to send a body that will be taken (RFC 9110, 10.1.1). One that is too large is
    /// answered 413 before it is sent.
    private func mayContinue(_ head: HTTPRequest) -> Bool {
        guard !isOfHTTP10, head.headerFields[.expect]?.lowercased() == "100-continue" else { return false }
        return streamsBody(head) || head.headerFields[.contentLength].flatMap { Int($0) } ?? 0 <= maximumBodyBytes
    }

    private func problem(for error: any Error) -> Problem {
        if let error = error as? HTTPParserError, error == .headerOverflow {
            return Problem(
                .headersTooLarge,
                "The request line and headers are larger than \(maximumHeaderBytes) bytes, the limit of this server.")
        }
        return Problem(.badRequest, "This is no HTTP/1.1 request (RFC 9112).")
    }

    private func answer(_ problem: Problem, context: ChannelHandlerContext) {
        let body = problem.body
        var headers = problem.headers
        headers[.contentType] = Problem.mediaType
        headers[.contentLength] = String(body.count)
        headers[.connection] = "close"
        context.write(
            wrapOutboundOut(.head(HTTPResponse(status: problem.kind.status, headerFields: headers))), promise: nil)
        if !isPendingBodiless { context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil) }
        writeLast(wrapOutboundOut(.end(nil)), promise: nil, context: context, lingering: Self.lingering)
    }

    /// A client that reads its answer only when it has sent all of the body would wait for ever otherwise.
    private func dropRest(_ context: ChannelHandlerContext) {
        isDropping = true
        let channel = context.channel
        endOfDropping = context.eventLoop.scheduleTask(in: Self.dropping) { channel.close(promise: nil) }
        context.flush()
        context.read()
    }

    /// How long the rest of a body that is refused is read.
    private static let dropping = TimeAmount.seconds(30)
    /// How long what a client still sends is read and dropped: bytes that nobody reads reset the connection, and with it
    /// the answer.
    private static let lingering = TimeAmount.seconds(1)

    /// The connection is closed once this is written, or a while after that.
    private func writeLast(
        _ data: NIOAny, promise: EventLoopPromise<Void>?, context: ChannelHandlerContext,
        lingering: TimeAmount = .zero
    ) {
        let isWritten = promise ?? context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        isWritten.futureResult.whenComplete { _ in
            guard lingering > .zero else { return channel.close(promise: nil) }
            channel.close(mode: .output, promise: nil)
            channel.eventLoop.scheduleTask(in: lingering) { channel.close(promise: nil) }
        }
        context.writeAndFlush(data, promise: isWritten)
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
