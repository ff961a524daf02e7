// One connection of a load.
import NIOCore

/// Writes requests and reads answers as bytes, on its event loop.
final class LoadConnection<Owner: ConnectionOwner>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let pool: ConnectionPool<Owner>
    private(set) var reader: ResponseReader
    /// Whether it is among the pool's free ones.
    var isListed = false
    /// Whether an answer has ever come.
    private(set) var wasUsed = false

    private let owner: Owner
    private let depth: Int
    private var context: ChannelHandlerContext?
    private var output = ByteBuffer()
    private var underWay = CircularBuffer<SentRequest<Owner.Ticket>>()

    init(_ pool: ConnectionPool<Owner>, owner: Owner) {
        self.pool = pool
        self.owner = owner
        depth = pool.options.depth
        reader = ResponseReader(keepsContent: pool.options.keepsContent, isBodyless: pool.options.isBodyless)
        underWay.reserveCapacity(depth)
    }

    var hasRoom: Bool { context != nil && underWay.count < depth }

    /// When the request was sent that waits longest.
    var oldest: UInt64? { underWay.first?.sent }

    /// Takes a request up; `flush` puts it on the wire. There must be room.
    func send(_ ticket: Owner.Ticket, at now: UInt64, _ write: (inout ByteBuffer) -> Void) {
        write(&output)
        underWay.append(SentRequest(ticket: ticket, sent: now))
    }

    func flush() {
        guard let context, output.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        // The channel has mostly written it by now, and then the same memory is used again.
        output.clear()
    }

    /// Gives up what is under way and closes.
    func abort(_ failure: ConnectionFailure) {
        guard let context else { return }
        self.context = nil
        while let sent = underWay.popFirst() { owner.lost(sent, failure) }
        context.close(promise: nil)
    }

    // MARK: - Channel

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        pool.opened(self)
        owner.isFree(self, at: LoadClock.now)
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.context != nil else { return }
        let buffer = unwrapInboundIn(data)
        let now = LoadClock.now
        do {
            try read(buffer.readableBytesUInt8Span, at: now)
        } catch {
            abort(.connection(error.description))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if self.context != nil {
            if let response = try? reader.end() { _ = answer(response, at: LoadClock.now) }
            abort(.connection("the server closed the connection"))
        }
        pool.closed(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        abort(.connection(LoadTarget.reason(error)))
    }

    private func read(_ bytes: Span<UInt8>, at now: UInt64) throws(LoadError) {
        var position = 0
        while let response = try reader.read(bytes, at: &position) {
            guard answer(response, at: now) else { throw LoadError("an answer came that no request had asked for") }
            guard response.keepsConnection else {
                abort(.connection("the server closed the connection"))
                return
            }
            // The owner may have ended it.
            guard context != nil else { return }
            owner.isFree(self, at: now)
        }
        if pool.options.keepsContent, reader.isInBody, let sent = underWay.first {
            owner.progressed(sent, on: self, at: now)
        }
    }

    private func answer(_ response: HTTPResponse, at now: UInt64) -> Bool {
        guard let sent = underWay.popFirst() else { return false }
        wasUsed = true
        owner.answered(sent, response, on: self, at: now)
        return true
    }
}
