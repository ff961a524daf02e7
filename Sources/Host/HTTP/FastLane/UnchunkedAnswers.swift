// Answers for clients that know no transfer coding.
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Right behind the encoder of a connection whose client speaks HTTP/1.0: an answer without a length ends with the
/// connection (RFC 9112, 6.1 and 6.3), so it goes out as one of HTTP/1.0, which is never chunked.
final class UnchunkedAnswers: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    static func add(to pipeline: ChannelPipeline) {
        let operations = pipeline.syncOperations
        // Where there is no decoder there is nothing to answer either.
        guard let codec = try? operations.handler(type: HTTP1ToHTTPServerCodec.self) else { return }
        try? operations.addHandler(UnchunkedAnswers(), position: .before(codec))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), !head.headers.contains(name: "Content-Length") else {
            return context.write(data, promise: promise)
        }
        head.version = .http1_0
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}

@available(*, unavailable)
extension UnchunkedAnswers: Sendable {}
