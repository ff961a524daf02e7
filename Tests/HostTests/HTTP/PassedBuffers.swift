// What memory the bytes have that a fast lane passes on.
import NIOCore

/// Stands right behind the lane.
final class PassedBuffers: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Of the storage that the last bytes are part of.
    private(set) var lastStorageCapacity = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastStorageCapacity = unwrapInboundIn(data).storageCapacity
        context.fireChannelRead(data)
    }
}

@available(*, unavailable)
extension PassedBuffers: Sendable {}
