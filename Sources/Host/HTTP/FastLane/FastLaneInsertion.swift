// Puts a fast lane where no configuration of the server's can.
import NIOCore

/// Hummingbird adds handlers behind its HTTP decoder only. This one puts the lane, and what tells it that the connection
/// is idle, at the front of the pipeline, and leaves.
final class FastLaneInsertion: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let lane: FastLane
    private let idleTimeout: TimeAmount

    init(_ lane: FastLane, idleTimeout: TimeAmount) {
        self.lane = lane
        self.idleTimeout = idleTimeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        do {
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandler(lane, position: .first)
            try pipeline.addHandler(IdleStateHandler(allTimeout: idleTimeout), position: .first)
            pipeline.removeHandler(self, promise: nil)
        } catch {
            // The channel is closing already.
            context.close(promise: nil)
        }
    }
}

@available(*, unavailable)
extension FastLaneInsertion: Sendable {}
