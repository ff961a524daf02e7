// One open connection.
internal import NIOCore

/// The last handler of a connection's channel: writes batches, matches replies to them, and watches that replies come.
/// Batches handed in during one turn of the event loop are written together. Lives on the channel's event loop.
final class RedisSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Event {
        /// The server answers, and this project can work with it.
        case opened(RedisServer)
        /// No further batch may be sent; these had no answer.
        case ended(RedisError, unanswered: [RedisFlights.Completion])
    }

    private let configuration: RedisConfiguration
    private let current: CurrentServer
    private let onEvent: (RedisSession, Event) -> Void
    /// What `current` said when the server had greeted.
    private var change: UInt64?
    private let reader: RedisReplyReader
    private var flights = RedisFlights()
    private var outgoing = ByteBuffer()
    private var isFlushDue = false
    private var runID = ""
    private let number: UInt64
    /// When the server last said something or took more of what is sent, or was asked while nothing was under way.
    private var lastHeard = NIODeadline.distantPast
    private var silence: Scheduled<Void>?
    /// The time was over, but this thread may have been held up, and the answer lie in the socket.
    private var isLastLook = false
    private var hasEnded = false
    private var mustClose = false
    private var context: ChannelHandlerContext?

    /// - Parameters:
    ///   - number: of the connection.
    ///   - onEvent: at most one `opened`, then exactly one `ended`.
    /// - Throws: `unavailable` where there is no memory.
    init(
        _ configuration: RedisConfiguration, number: UInt64, current: CurrentServer,
        onEvent: @escaping (RedisSession, Event) -> Void
    ) throws(RedisError) {
        reader = try RedisReplyReader()
        self.configuration = configuration
        self.number = number
        self.current = current
        self.onEvent = onEvent
    }

    /// Sends commands with what else is handed in during this turn.
    ///
    /// - Parameter completion: called exactly once, on the event loop, not before this returns unless the batch is empty.
    func send(_ commands: [RedisCommand], completion: @escaping RedisFlights.Completion) {
        if commands.isEmpty { return completion(.success(replies([]))) }
        for command in commands { command.write(to: &outgoing) }
        if flights.isEmpty { lastHeard = context?.eventLoop.now ?? lastHeard }
        flights.add(count: commands.count, completion: completion)
        if !isFlushDue, let context {
            isFlushDue = true
            let session = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.eventLoop.execute { session.value.flush() }
        }
    }

    /// Writes what was sent so far.
    func flush() {
        isFlushDue = false
        guard let context, outgoing.readableBytes > 0 else { return }
        let bytes = outgoing
        outgoing = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        watchSilence()
    }

    /// Closes the connection as soon as everything under way is answered.
    func finish() {
        mustClose = true
        closeIfDone()
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard context.channel.isActive else { return end(Self.closedByServer) }
        let greeting = RedisGreeting(configuration)
        let session = NIOLoopBound(self, eventLoop: context.eventLoop)
        send(greeting.commands) { session.value.greeted(greeting, $0) }
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastHeard = context.eventLoop.now
        isLastLook = false
        do throws(RedisError) {
            try reader.feed(unwrapInboundIn(data))
            while !hasEnded, let reply = try reader.next() { try take(reply) }
        } catch {
            end(error)
        }
        closeIfDone()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        lastHeard = context.eventLoop.now
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(Self.closedByServer)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(RedisError(.connectionLost, "The connection to Redis broke: \(RedisError.reason(error))."))
    }

    private static let closedByServer = RedisError(.connectionLost, "Redis closed the connection.")

    // MARK: Replies

    private func greeted(_ greeting: RedisGreeting, _ result: Result<RedisReplies, RedisError>) {
        // A failure was told already.
        guard case .success(let replies) = result else { return }
        do throws(RedisError) {
            let server = try greeting.server(replies.replies)
            runID = server.runID
            change = current.opened(runID: server.runID)
            onEvent(self, .opened(server))
        } catch {
            if error.code == .unsupportedServer { current.left() }
            end(error)
        }
    }

    private func take(_ reply: RedisReply) throws(RedisError) {
        if let change, !current.isCurrent(change) {
            throw RedisError(.connectionLost, "Another Redis server answers at \(configuration) by now.")
        }
        guard let (replies, completion) = try flights.take(reply) else { return }
        let refusal = replies.lazy.compactMap(\.errorMessage).first(where: Self.meansAnotherServer)
        // Before anybody can act on it.
        if refusal != nil { current.left() }
        completion(.success(self.replies(replies)))
        if let refusal { throw RedisError(.unavailable, "Redis can't be written to: \(refusal)") }
    }

    private func replies(_ replies: [RedisReply]) -> RedisReplies {
        RedisReplies(replies: replies, runID: runID, connection: number)
    }

    /// The server was a primary with its data in memory when this connection was opened, and no longer is.
    private static func meansAnotherServer(_ message: String) -> Bool {
        ["READONLY", "LOADING", "MASTERDOWN", "NOAUTH"].contains { message.hasPrefix($0) }
    }

    // MARK: The end

    private func watchSilence() {
        guard silence == nil, !flights.isEmpty, let context else { return }
        let session = NIOLoopBound(self, eventLoop: context.eventLoop)
        let deadline =
            isLastLook
            ? context.eventLoop.now + Self.lastLook : lastHeard + TimeAmount(configuration.commandTimeout)
        silence = context.eventLoop.scheduleTask(deadline: deadline) { session.value.silencePassed() }
    }

    /// Long enough for the event loop to look at its sockets.
    private static let lastLook = TimeAmount.milliseconds(10)

    private func silencePassed() {
        silence = nil
        guard !flights.isEmpty, let context else { return }
        let isSilent = context.eventLoop.now - lastHeard >= TimeAmount(configuration.commandTimeout)
        if isSilent, isLastLook { return end(RedisError(.timedOut, "Redis did not answer in time.")) }
        isLastLook = isSilent
        watchSilence()
    }

    private func closeIfDone() {
        guard mustClose, flights.isEmpty else { return }
        end(RedisError(.closed, "The Redis client was closed."))
    }

    private func end(_ error: RedisError) {
        guard !hasEnded else { return }
        hasEnded = true
        silence?.cancel()
        silence = nil
        context?.close(promise: nil)
        context = nil
        onEvent(self, .ended(error, unanswered: flights.removeAll()))
    }
}

@available(*, unavailable)
extension RedisSession: Sendable {}
