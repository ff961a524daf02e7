// Serves hot routes before the HTTP decoder.
package import NIOCore

/// Stands first in a connection's pipeline and reads the heads of requests. A request that its responder takes is
/// answered right here; the bytes of every other go on, unchanged, to the server's decoder and router.
///
/// Answers keep the order of requests: one request is in hand at a time, here or behind, and what comes meanwhile waits.
/// As soon as something comes whose end it can't tell, it hands over all bytes for the rest of the connection. So two
/// readers of HTTP never differ on where a request begins.
///
/// Lives on its channel's event loop.
package final class FastLane: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = IOData
    package typealias OutboundOut = IOData

    private enum State {
        /// At the beginning of a request.
        case reading
        /// The responder has the request at the front of `received`, of this many bytes.
        case serving(length: Int)
        /// The request belongs to the router; this many bytes of it have not come yet.
        case passing(remaining: Int)
        /// The router has all of the request and has not answered.
        case awaitingRouter
        /// Every byte goes on.
        case handedOver
    }

    private let responder: any FastResponder
    private let behind: ConnectionGuard
    /// Requests with a larger head or body go on.
    private let maximumHeaderBytes: Int
    private let maximumBodyBytes: Int
    private let idleTimeout: TimeAmount
    private var idleTimer: IdleTimer?
    private var pace: ReceivePace
    private var state = State.reading
    private var received = ByteBuffer()
    private var context: ChannelHandlerContext?
    /// Tells a late answer from one to the request in hand.
    private var turn = 0
    private var isProcessing = false
    private var mustFlush = false
    private var hasPassedOn = false
    /// The channel reads, and will say when it has read all there is.
    private var isReading = false
    /// Nothing more is read from the socket for now.
    private var isReadHeld = false
    /// The client has sent its last; told behind when all before is answered.
    private var heldEnd: ChannelEvent?
    /// The server stops: no further request is begun, and this is told behind when the one in hand is answered.
    private var heldStop: ChannelShouldQuiesceEvent?
    private var isStopping = false
    /// The connection is closed when what was written is with the client's socket.
    private var isClosing = false
    /// Bytes of answers, from the beginning.
    private var written = 0
    private var sendPace: SendPace

    /// Bytes of later requests that may wait.
    private static let maximumWaiting = 65_536
    /// Largest body that is waited for here, whatever the server's limit.
    private static let maximumBody = 16_384

    /// - Parameters:
    ///   - behind: of the same pipeline.
    ///   - maximumHeaderBytes: the server's limit.
    ///   - maximumBodyBytes: the server's limit.
    ///   - idleTimeout: a connection without a request in hand is closed after this, and so is one whose request comes more
    ///     slowly than `ReceivePace` allows, or whose answer is taken more slowly than `SendPace` does.
    package init(
        _ responder: any FastResponder, before behind: ConnectionGuard, maximumHeaderBytes: Int = 16_384,
        maximumBodyBytes: Int = 16_384, idleTimeout: TimeAmount = .seconds(75)
    ) {
        self.responder = responder
        self.behind = behind
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumBodyBytes = min(maximumBodyBytes, Self.maximumBody)
        self.idleTimeout = idleTimeout
        pace = ReceivePace(timeout: idleTimeout.nanoseconds)
        sendPace = SendPace(timeout: idleTimeout.nanoseconds)
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // Both hold the lane until they are removed and stopped: an object with weak references is slower to count.
        behind.whenIdle { [self] in routerAnswered() }
        idleTimer = IdleTimer(idleTimeout, on: context.eventLoop) { [self] in hasBeenIdle() }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        idleTimer?.stop()
        idleTimer = nil
        self.context = nil
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if case .handedOver = state {
            let before = behind.milestones
            context.fireChannelRead(data)
            if behind.milestones != before || pace.isKept(with: bytes.readableBytes) { touch() }
            return
        }
        isReading = true
        // The rest of a request that has begun is no activity of its own: sent byte by byte, it would last for ever.
        switch state {
        case .reading where received.readableBytes > 0: break
        case .passing: if pace.isKept(with: bytes.readableBytes) { touch() }
        // The connection is not idle, and a later request makes no slow reader of answers a quick one.
        case .serving, .awaitingRouter: break
        case .reading, .handedOver: touch()
        }
        // A copy, so that the channel can read into the same memory again.
        if received.readableBytes == 0 {
            received = context.channel.allocator.buffer(capacity: bytes.readableBytes)
        } else if received.readerIndex > Self.maximumWaiting / 2 {
            received.discardReadBytes()
        }
        received.writeBuffer(&bytes)
        process()
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if isHandedOver { hasPassedOn = true }
        completeRead(context)
    }

    /// What is behind gives its reader what it has got only when it is told that this is all for now.
    private func completeRead(_ context: ChannelHandlerContext) {
        guard hasPassedOn, !isReading else { return }
        hasPassedOn = false
        context.fireChannelReadComplete()
    }

    package func read(context: ChannelHandlerContext) {
        if waitingBytes > Self.maximumWaiting { isReadHeld = true } else { context.read() }
    }

    /// What the router answers.
    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        touch()
        written += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    /// Whoever closes a connection has written all that belongs to it; what the client has not taken yet is not cut off.
    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // Where the server stops, the end of its patience is told by `.output`.
        let mayWait = mode == .all || (mode == .output && !isStopping)
        guard mayWait, !isClosing, unsent(context) > 0 else { return context.close(mode: mode, promise: promise) }
        isClosing = true
        let isSent = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        isSent.futureResult.whenComplete { _ in bound.value.close(mode: mode, promise: promise) }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: isSent)
    }

    /// Bytes of answers that are not with the client's socket.
    private func unsent(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        // A client that did not read its answers has read some.
        if context.channel.isWritable { process() }
        context.fireChannelWritabilityChanged()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        idleTimer?.stop()
        turn += 1
        state = .handedOver
        received.clear()
        context.fireChannelInactive()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let end as ChannelEvent where end == .inputClosed:
            heldEnd = end
            process()
        case let stop as ChannelShouldQuiesceEvent:
            isStopping = true
            heldStop = stop
            process()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func touch() {
        pace.restart()
        idleTimer?.touch()
    }

    private func hasBeenIdle() {
        guard let context else { return }
        let unsent = unsent(context)
        // A client that takes its answer slowly has time; one that takes next to nothing has not.
        let isStuck = !sendPace.isKept(written: written, unsent: unsent)
        if isStuck || (unsent == 0 && !isServing && !behind.isAnswering) { context.close(promise: nil) }
    }

    // MARK: Requests

    private var isServing: Bool { if case .serving = state { true } else { false } }

    private var isHandedOver: Bool { if case .handedOver = state { true } else { false } }

    /// Bytes that have come and whose turn has not.
    private var waitingBytes: Int {
        switch state {
        case .serving(let length): received.readableBytes - length
        case .awaitingRouter: received.readableBytes
        // Where answers are not read, no further request is begun.
        case .reading: context?.channel.isWritable == false ? received.readableBytes : 0
        case .passing, .handedOver: 0
        }
    }

    /// Goes on until something has to be waited for. Not entered twice: an answer that comes at once is found by the loop.
    private func process() {
        guard !isProcessing, let context else { return }
        isProcessing = true
        while advance(context) {}
        isProcessing = false
        completeRead(context)
        if mustFlush {
            mustFlush = false
            context.flush()
        }
        if !isServing { tellStop(context) }
        if isReadHeld, waitingBytes <= Self.maximumWaiting {
            isReadHeld = false
            context.read()
        }
    }

    private func tellStop(_ context: ChannelHandlerContext) {
        guard let stop = heldStop else { return }
        heldStop = nil
        context.fireUserInboundEventTriggered(stop)
    }

    /// One step; false where the next needs something to happen.
    private func advance(_ context: ChannelHandlerContext) -> Bool {
        switch state {
        case .reading:
            if received.readableBytes > 0, !isStopping, context.channel.isWritable, readRequest(context) { return true }
            guard case .reading = state, let end = heldEnd else { return false }
            heldEnd = nil
            handOver(context)
            context.fireUserInboundEventTriggered(end)
            return false
        case .passing(let remaining):
            let count = min(remaining, received.readableBytes)
            if let slice = received.readSlice(length: count), count > 0 { passOn(slice, context) }
            if remaining > count {
                state = .passing(remaining: remaining - count)
                guard heldEnd != nil else { return false }
                state = .reading
                return true
            }
            state = behind.isIdle ? .reading : .awaitingRouter
            return true
        case .handedOver:
            handOver(context)
            return false
        case .serving, .awaitingRouter:
            return false
        }
    }

    /// At the beginning of a request; false where more of it has to come.
    private func readRequest(_ context: ChannelHandlerContext) -> Bool {
        switch received.withUnsafeReadableBytes(RequestHead.read) {
        case .incomplete:
            return false
        case .unusual:
            state = .handedOver
            return true
        case .last(let isHTTP10):
            if isHTTP10 { UnchunkedAnswers.add(to: context.pipeline) }
            behind.closeAfterAnswer(isHTTP10: isHTTP10)
            state = .handedOver
            return true
        case .complete(let head):
            let length = head.length + head.contentLength
            guard head.isOrdinary, head.length <= maximumHeaderBytes, head.contentLength <= maximumBodyBytes,
                let route = responder.route(head)
            else {
                state = .passing(remaining: length)
                return true
            }
            guard received.readableBytes >= length else { return false }
            serve(route, head, length: length, context)
            return true
        }
    }

    private func serve(
        _ route: any FastRoute, _ head: RequestHead, length: Int, _ context: ChannelHandlerContext
    ) {
        turn += 1
        state = .serving(length: length)
        let start = received.readerIndex + head.length
        let body = received.getBytes(at: start, length: head.contentLength) ?? []
        let lane = NIOLoopBound(self, eventLoop: context.eventLoop)
        route.serve(body: body) { [turn, eventLoop = context.eventLoop] answer in
            if eventLoop.inEventLoop {
                lane.value.answered(turn, answer)
            } else {
                eventLoop.execute { lane.value.answered(turn, answer) }
            }
        }
    }

    private func answered(_ turn: Int, _ answer: FastAnswer?) {
        guard turn == self.turn, case .serving(let length) = state, let context else { return }
        touch()
        if let answer {
            received.moveReaderIndex(forwardBy: length)
            write(answer, context)
            state = .reading
        } else {
            state = .passing(remaining: length)
        }
        process()
    }

    private func write(_ answer: FastAnswer, _ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: answer.head.count + answer.body.count + 64)
        buffer.writeBytes(answer.head)
        buffer.writeBytes(DateField.line)
        if isStopping { buffer.writeStaticString("Connection: close\r\n") }
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(answer.body)
        written += buffer.readableBytes
        mustFlush = true
        guard let stop = heldStop else {
            context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
            return
        }
        // Who hears of the stop closes the connection: only once the answer is with the client's socket.
        heldStop = nil
        let isWritten = context.eventLoop.makePromise(of: Void.self)
        let lane = NIOLoopBound(self, eventLoop: context.eventLoop)
        isWritten.futureResult.whenComplete { _ in
            lane.value.heldStop = stop
            lane.value.process()
        }
        context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: isWritten)
    }

    // MARK: The router

    private func passOn(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        hasPassedOn = true
        context.fireChannelRead(wrapInboundOut(bytes))
    }

    /// All that has come, and all that will.
    private func handOver(_ context: ChannelHandlerContext) {
        state = .handedOver
        if received.readableBytes > 0 {
            let all = received
            received = ByteBuffer()
            passOn(all, context)
        }
        completeRead(context)
        if let end = heldEnd {
            heldEnd = nil
            context.fireUserInboundEventTriggered(end)
        }
    }

    /// Everything that went behind is answered.
    private func routerAnswered() {
        guard case .awaitingRouter = state else { return }
        state = .reading
        process()
    }
}

@available(*, unavailable)
extension FastLane: Sendable {}
