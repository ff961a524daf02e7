// A subscription to a subject.
import CNATS
import Synchronization

/// Delivers messages to a handler until `cancel()`, or until the last reference to it goes.
///
/// The handler runs on one of libnats' delivery threads, one message at a time and in order. Those threads are shared
/// by all subscriptions, so a handler must not block; it may still be running when `cancel()` returns.
package final class NATSSubscription: Sendable {
    typealias Handler = @Sendable (ReceivedMessage) -> Void

    /// Carries the handler through libnats' untyped pointer.
    private final class Box: Sendable {
        let handler: Handler

        init(_ handler: @escaping Handler) {
            self.handler = handler
        }
    }

    // Unsafe: `natsSubscription` is thread-safe (nats.h), and the pointer lives until `deinit`.
    nonisolated(unsafe) private let subscription: OpaquePointer
    /// Keeps the connection for as long as libnats may be called with the subscription.
    private let handle: NATSHandle

    init(handle: NATSHandle, subject: String, queueGroup: String?, handler: @escaping Handler) throws(NATSError) {
        // Retained for libnats, released when it says that the last message was handled.
        let box = Unmanaged.passRetained(Box(handler))
        let deliver: natsMsgHandler = { _, _, message, closure in
            guard let message else { return }
            let received = ReceivedMessage(taking: message)
            guard let closure else { return }
            Unmanaged<Box>.fromOpaque(closure).takeUnretainedValue().handler(received)
        }
        var subscription: OpaquePointer?
        let status =
            if let queueGroup {
                natsConnection_QueueSubscribe(
                    &subscription, handle.connection, subject, queueGroup, deliver, box.toOpaque())
            } else {
                natsConnection_Subscribe(&subscription, handle.connection, subject, deliver, box.toOpaque())
            }
        guard status == NATS_OK, let subscription else {
            box.release()
            throw Self.error(for: status)
        }
        self.subscription = subscription
        self.handle = handle
        // Without limits: what arrives is bounded by what was asked for, and a message dropped in silence is worse.
        natsSubscription_SetPendingLimits(subscription, -1, -1)
        // Fails only where the connection was closed meanwhile; the box then stays behind, which is harmless.
        natsSubscription_SetOnCompleteCB(
            subscription,
            { closure in
                if let closure { Unmanaged<Box>.fromOpaque(closure).release() }
            }, box.toOpaque())
    }

    deinit {
        natsSubscription_Destroy(subscription)
    }

    /// Ends the subscription. Messages that have arrived but were not handled yet are dropped.
    package func cancel() {
        natsSubscription_Unsubscribe(subscription)
    }

    private static func error(for status: natsStatus) -> NATSError {
        switch status {
        case NATS_CONNECTION_CLOSED, NATS_DRAINING: .closed
        case NATS_INVALID_SUBJECT: .library("the subject is not valid")
        case NATS_INVALID_QUEUE_NAME: .library("the queue group's name is not valid")
        default: NATSError(status)
        }
    }
}
