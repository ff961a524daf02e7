// Counts how often the socket would be read.
import NIOCore

/// Stands where the socket is.
final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = IOData

    private(set) var count = 0

    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}

@available(*, unavailable)
extension ReadCounter: Sendable {}
