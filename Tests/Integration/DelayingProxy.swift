// A server whose answers come late.
import NIOCore
import NIOPosix
import Stack

/// Passes TCP connections on to a port of this machine. What comes back waits for a random time: between a query and
/// what is done with its result, others have time to act.
struct DelayingProxy {
    let port: Int
    private let channel: any Channel

    /// - Parameter delay: the longest.
    init(to target: Int, delay: Duration) async throws {
        let limit = Int64(delay / .microseconds(1))
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop).connect(host: "127.0.0.1", port: target).flatMapThrowing {
                    server in
                    try client.pipeline.syncOperations.addHandler(Forwarder(to: server, limit: 0))
                    try server.pipeline.syncOperations.addHandler(Forwarder(to: client, limit: limit))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func stop() async throws { try await channel.close() }
}

/// Writes what one side sends to the other, in order, each after a random time.
private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let peer: any Channel
    /// In microseconds.
    private let limit: Int64
    private var last = NIODeadline.now()

    init(to peer: any Channel, limit: Int64) {
        self.peer = peer
        self.limit = limit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        let peer = peer
        if limit == 0 {
            peer.writeAndFlush(bytes, promise: nil)
            return
        }
        last = max(last, .now() + .microseconds(.random(in: 0...limit)))
        _ = context.eventLoop.scheduleTask(deadline: last) { peer.writeAndFlush(bytes, promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let peer = peer
        _ = context.eventLoop.scheduleTask(deadline: last) { peer.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
