// Puts a fast lane where no configuration of the server's can.
import NIOCore

/// Hummingbird adds handlers behind its HTTP decoder only. This one puts the lane at the front of the pipeline, and
/// leaves.
final class FastLaneInsertion: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let lane: FastLane

    init(_ lane: FastLane) {
        self.lane = lane
    }

    func handlerAdded(context: ChannelHandlerContext) {
        do {
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandler(lane, position: .first)
            pipeline.removeHandler(self, promise: nil)
        } catch {
            // The channel is closing already.
            context.close(promise: nil)
        }
    }
}

@available(*, unavailable)
extension FastLaneInsertion: Sendable {}
