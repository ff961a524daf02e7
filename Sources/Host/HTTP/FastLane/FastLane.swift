// Serves hot routes before the HTTP decoder.
package import NIOCore
package import Telemetry

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

    enum State {
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

    let responder: any FastResponder
    let behind: ConnectionGuard
    /// Counts the requests that are answered here.
    let answers: MetricCounter?
    /// Requests with a larger head or body go on.
    let maximumHeaderBytes: Int
    let maximumBodyBytes: Int
    private let idleTimeout: TimeAmount
    private var idleTimer: IdleTimer?
    private var pace: MinimumReceiveRate
    var state = State.reading
    var received = ByteBuffer()
    var context: ChannelHandlerContext?
    /// Tells a late answer from one to the request in hand.
    var turn = 0
    var isProcessing = false
    var mustFlush = false
    var hasPassedOn = false
    /// The channel reads, and will say when it has read all there is.
    private var isReading = false
    /// Nothing more is read from the socket for now.
    var isReadHeld = false
    /// The client has sent its last; told behind when all before is answered.
    var heldEnd: ChannelEvent?
    /// The server stops: no further request is begun, and this is told behind when the one in hand is answered.
    var heldStop: ChannelShouldQuiesceEvent?
    var isStopping = false
    /// The connection is closed when what was written is with the client's socket.
    var isClosing = false
    /// Bytes of answers, from the beginning.
    var written = 0
    var sendPace: MinimumSendRate

    /// Bytes of later requests that may wait.
    static let maximumWaiting = 65_536
    /// Largest body that is waited for here, whatever the server's limit.
    private static let maximumBody = 16_384

    /// - Parameters:
    ///   - behind: of the same pipeline.
    ///   - answers: counts the requests that are answered here.
    ///   - maximumHeaderBytes: the server's limit.
    ///   - maximumBodyBytes: the server's limit.
    ///   - idleTimeout: a connection without a request in hand is closed after this, and so is one whose request comes more
    ///     slowly than `MinimumReceiveRate` allows, or whose answer is taken more slowly than `MinimumSendRate` does.
    package init(
        _ responder: any FastResponder, before behind: ConnectionGuard, answers: MetricCounter? = nil,
        maximumHeaderBytes: Int = 16_384,
        maximumBodyBytes: Int = 16_384, idleTimeout: TimeAmount = .seconds(75)
    ) {
        self.responder = responder
        self.behind = behind
        self.answers = answers
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumBodyBytes = min(maximumBodyBytes, Self.maximumBody)
        self.idleTimeout = idleTimeout
        pace = MinimumReceiveRate(timeout: idleTimeout.nanoseconds)
        sendPace = MinimumSendRate(timeout: idleTimeout.nanoseconds)
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
    func completeRead(_ context: ChannelHandlerContext) {
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

    func touch() {
        pace.restart()
        idleTimer?.touch()
    }
}

@available(*, unavailable)
extension FastLane: Sendable {}
