// Messages of a pull consumer, as they come.
import Synchronization

/// Keeps a pull request with the server at all times, so that a new message arrives without another round trip, and
/// keeps up to `PullOptions.batch` messages ready. Goes on by itself after a lost connection, a restarted server, a
/// moved consumer or a lost pin. One task calls `next`.
package final class PullSubscription: Sendable {
    private let engine: PullEngine

    init(jetStream: JetStream, stream: String, consumer: String, options: PullOptions) throws(JetStreamError) {
        engine = PullEngine(connection: jetStream.connection, stream: stream, consumer: consumer, options: options)
        try engine.start()
    }

    deinit {
        _ = engine.stop()
    }

    /// Waits until there is a message, then returns all that have arrived, up to `max`, in order.
    ///
    /// - Throws: `notFound` or `noResponders` if there is no such consumer (for 5 s; a server that restarts is waited
    ///   for), `cannotServe` if the consumer refuses, `closed`, `cancelled`. Except after `closed`, the subscription
    ///   keeps asking, once a second, and `next` may be called again.
    package func next(max: Int) async throws(JetStreamError) -> [Delivery] {
        while true {
            if let deliveries = try engine.take(max: max) { return deliveries }
            await withTaskCancellationHandler {
                await withCheckedContinuation { engine.wait($0) }
            } onCancel: {
                engine.wake()
            }
            if Task.isCancelled { throw JetStreamError(.cancelled, "cancelled while waiting for messages") }
        }
    }

    /// Lets `next` return with no messages, now or the next time that it would wait. May be called from any thread.
    package func interrupt() { engine.interrupt() }

    /// Asks again at once, for a request that the server may have lost.
    package func askAgain() { engine.askAnew() }

    /// The messages that are here and not taken yet.
    package var buffered: Int { engine.buffered }

    /// The pin that the last message carried; `nil` without a group, or while another client is pinned.
    package var pin: String? { engine.pin }

    /// Stops asking; `next` throws `closed` from now on.
    ///
    /// - Returns: what has arrived and was not taken. It comes again after `acknowledgeWait`, or at once if rejected.
    @discardableResult
    package func stop() -> [Delivery] { engine.stop() }
}

extension JetStream {
    /// Begins to take a consumer's messages.
    package func pull(
        stream: String, consumer: String, options: PullOptions = PullOptions()
    ) throws(JetStreamError) -> PullSubscription {
        try Self.check(name: stream)
        try Self.check(name: consumer)
        return try PullSubscription(jetStream: self, stream: stream, consumer: consumer, options: options)
    }
}
