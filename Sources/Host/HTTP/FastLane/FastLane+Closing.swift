// When a connection ends, and what is still sent before.
package import NIOCore

extension FastLane {
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

    func hasBeenIdle() {
        guard let context else { return }
        let unsent = unsent(context)
        // A client that takes its answer slowly has time; one that takes next to nothing has not.
        let isStuck = !sendPace.isKept(written: written, unsent: unsent)
        if isStuck || (unsent == 0 && !isServing && !behind.isAnswering) { context.close(promise: nil) }
    }

    func tellStop(_ context: ChannelHandlerContext) {
        guard let stop = heldStop else { return }
        heldStop = nil
        context.fireUserInboundEventTriggered(stop)
    }
}
