// Reads requests, serves them or passes them on to the router.
import NIOCore
import Telemetry

extension FastLane {
    var isServing: Bool { if case .serving = state { true } else { false } }

    var isHandedOver: Bool { if case .handedOver = state { true } else { false } }

    /// Bytes that have come and whose turn has not.
    var waitingBytes: Int {
        switch state {
        case .serving(let length): received.readableBytes - length
        case .awaitingRouter: received.readableBytes
        // Where answers are not read, no further request is begun.
        case .reading: context?.channel.isWritable == false ? received.readableBytes : 0
        case .passing, .handedOver: 0
        }
    }

    /// Goes on until something has to be waited for. Not entered twice: an answer that comes at once is found by the loop.
    func process() {
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
            answers?.increment()
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
    func routerAnswered() {
        guard case .awaitingRouter = state else { return }
        state = .reading
        process()
    }
}
