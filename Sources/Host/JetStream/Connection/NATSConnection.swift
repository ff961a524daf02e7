// A connection to NATS: publish, request, subscribe.
package import Logging
internal import Synchronization
import Threads

/// One connection, shared by everything in a process. All of it may be used from any thread or task, and nothing in it
/// blocks the caller. It reconnects without limit until `close()`, unless a server says what libnats takes for final: the
/// same authentication error twice, or that an account has expired or has too many connections (`waitUntilGivenUp`).
package final class NATSConnection: Sendable {
    package let configuration: NATSConfiguration
    let handle: NATSHandle
    let replies: ReplyTable
    let clock: DeadlineClock
    let monitor: NATSConnectionMonitor
    private let writer: NATSWriter
    private let inboxPrefix: String
    private let inbox: NATSSubscription
    /// Kept here, since libnats takes the connection's lock to tell it.
    private let payloadLimit: Atomic<Int>

    private init(configuration: NATSConfiguration, handle: NATSHandle, monitor: NATSConnectionMonitor) throws(NATSError)
    {
        self.configuration = configuration
        self.handle = handle
        self.monitor = monitor
        let replies = ReplyTable()
        self.replies = replies
        let prefix = try NATSInbox.newSubject() + "."
        inboxPrefix = prefix
        let prefixLength = prefix.utf8.count
        inbox = try NATSSubscription(handle: handle, subject: prefix + "*", queueGroup: nil) { message in
            guard let token = message.token(afterPrefix: prefixLength) else { return }
            replies.deliver(NATSMessage(message), to: token)
        }
        clock = DeadlineClock(name: "nats-clock")
        writer = NATSWriter(handle: handle, replies: replies, monitor: monitor)
        payloadLimit = Atomic(handle.maximumPayload)
        _ = monitor.addObserver { [weak self] state in
            switch state {
            case .disconnected: replies.failAll(with: .connectionLost)
            // Another server may have another limit.
            case .connected: self?.payloadLimit.store(handle.maximumPayload, ordering: .relaxed)
            case .closed: break
            }
        }
    }

    deinit {
        monitor.beginClosing()
        writer.stop()
        clock.stop()
    }

    /// Connects, trying again until `configuration.startTimeout` has passed. Says so in the log, once.
    ///
    /// - Throws: `cannotConnect` after the deadline, or at once where trying again can't help (wrong credentials,
    ///   TLS); `cancelled`.
    package static func connect(
        _ configuration: NATSConfiguration, logger: Logger
    ) async throws(NATSError) -> NATSConnection {
        let deadline = ContinuousClock.now + configuration.startTimeout
        let executor = ThreadExecutor(name: "nats-connect")
        defer { executor.stop() }
        var hasReported = false
        while true {
            let monitor = NATSConnectionMonitor(servers: configuration.description, logger: logger)
            let reason: String
            switch await attempt(configuration, monitor: monitor, executor: executor) {
            case .connected(let handle):
                return try NATSConnection(configuration: configuration, handle: handle, monitor: monitor)
            case .refused(let text):
                throw .cannotConnect(servers: configuration.description, reason: text)
            case .failed(let text):
                reason = text
            }
            guard ContinuousClock.now < deadline else {
                throw .cannotConnect(servers: configuration.description, reason: reason)
            }
            if !hasReported {
                logger.warning(
                    "waiting for NATS", metadata: ["servers": "\(configuration)", "err": "\(reason)"])
                hasReported = true
            }
            do { try await Task.sleep(for: configuration.reconnectWait) } catch { throw .cancelled }
        }
    }

    /// Whether the connection works, as far as is known.
    package var isConnected: Bool { monitor.isConnected }

    /// The largest message that the server takes, headers and payload, in bytes.
    package var maximumPayload: Int { payloadLimit.load(ordering: .relaxed) }

    /// The number of requests and acknowledged publishes that wait for an answer.
    package var requestsUnderWay: Int { replies.count }

    /// Returns once libnats has given the connection up for good, which nobody here asked for: whatever uses it fails from
    /// then on, and only another connection helps. Ends with the task too.
    ///
    /// - Returns: false where the task was cancelled, or the connection was closed by `close()`.
    package func waitUntilGivenUp() async -> Bool {
        let (closings, continuation) = AsyncStream.makeStream(of: Void.self)
        let observer = monitor.addObserver { if $0 == .closed { continuation.finish() } }
        defer { monitor.removeObserver(observer) }
        if !monitor.isClosed { for await _ in closings {} }
        return monitor.isGivenUp
    }

    /// Calls `handler` at each change from now on, on a thread of libnats: it must not block.
    package func onStateChange(_ handler: @escaping @Sendable (NATSConnectionState) -> Void) {
        _ = monitor.addObserver(handler)
    }

    /// Queues messages, to go out in this order and in one write if they fit. No answer, no error: while the
    /// connection is away up to 8 MB are kept for the next server, the rest is dropped and logged.
    package func publish(_ messages: [NATSMessage]) {
        enqueue(messages.map { .message($0) })
    }

    /// Sends a request; `completion` is called exactly once, on a thread of this connection: it must not block.
    ///
    /// Fails with `notConnected`, at once and without sending, while the connection is away.
    package func request(
        _ subject: String, headers: NATSHeaders = NATSHeaders(), payload: [UInt8] = [], timeout: Duration,
        completion: @escaping @Sendable (Result<NATSMessage, NATSError>) -> Void
    ) {
        let message = NATSMessage(subject: subject, headers: headers, payload: payload)
        enqueue([request(message, token: replies.newToken(), timeout: timeout, completion: completion)])
    }

    /// Sends a request and waits for its answer, at most for `timeout`.
    ///
    /// - Throws: `timeout`, `noResponders`, `notConnected`, `connectionLost`, `payloadTooLarge`, `closed`, `cancelled`.
    package func request(
        _ subject: String, headers: NATSHeaders = NATSHeaders(), payload: [UInt8] = [], timeout: Duration
    ) async throws(NATSError) -> NATSMessage {
        let message = NATSMessage(subject: subject, headers: headers, payload: payload)
        return try await answer(to: message, token: replies.newToken(), timeout: timeout)
    }

    /// Subscribes. `handler` runs on a delivery thread of libnats that other subscriptions share: it must not block.
    ///
    /// - Parameter queueGroup: of all subscriptions in one group, one gets each message.
    package func subscribe(
        _ subject: String, queueGroup: String? = nil, handler: @escaping @Sendable (NATSMessage) -> Void
    ) throws(NATSError) -> NATSSubscription {
        try subscribeRaw(subject, queueGroup: queueGroup) { message in handler(NATSMessage(message)) }
    }

    /// Returns when everything queued before is with the server, or is known not to be (the connection is away, or the
    /// server has not confirmed for 2 s).
    package func flush() async {
        await withCheckedContinuation { continuation in
            if !writer.enqueue([.barrier { continuation.resume() }]) { continuation.resume() }
        }
    }

    /// Stops receiving, lets the handlers finish with what has arrived, sends what they and others have queued, then
    /// closes for good. Requests under way fail with `closed`: wait for those before.
    ///
    /// - Parameter timeout: after this what is left is dropped.
    package func drain(timeout: Duration) async {
        monitor.beginClosing()
        let isClosed = Latch()
        let observer = monitor.addObserver { state in
            if state == .closed { isClosed.open() }
        }
        let handle = handle
        let isQueued = writer.enqueue([
            .barrier { if !handle.drain(milliseconds: timeout.millisecondsRoundedUp) { isClosed.open() } }
        ])
        if isQueued { await isClosed.wait() }
        monitor.removeObserver(observer)
        await close()
    }

    /// Sends what is queued, then closes for good. Requests under way fail with `closed`.
    package func close() async {
        monitor.beginClosing()
        await withCheckedContinuation { continuation in
            writer.stop { continuation.resume() }
        }
        clock.stop()
    }
}

extension NATSConnection {
    /// Registers a request, to be enqueued by the caller.
    func request(
        _ message: NATSMessage, token: UInt64, timeout: Duration, completion: @escaping ReplyTable.Completion
    ) -> NATSWriter.Item {
        replies.add(token, subject: message.subject, completion: completion)
        clock.schedule(replies, token: token, after: timeout)
        return .request(message, token: token, reply: inboxPrefix + String(token))
    }

    /// Queues items; a request among them fails where the connection was closed.
    func enqueue(_ items: [NATSWriter.Item]) {
        guard !writer.enqueue(items) else { return }
        for case .request(_, let token, _) in items { replies.fail(token, with: .closed) }
    }

    /// An inbox for a subscription of its own.
    func newInbox() -> String {
        inboxPrefix + "p" + String(replies.newToken())
    }

    /// As `subscribe`, for a handler that does not need all of each message.
    func subscribeRaw(
        _ subject: String, queueGroup: String? = nil, handler: @escaping NATSSubscription.Handler
    ) throws(NATSError) -> NATSSubscription {
        let subscription = try NATSSubscription(
            handle: handle, subject: subject, queueGroup: queueGroup, handler: handler)
        // libnats would send the SUB a millisecond later.
        enqueue([.barrier {}])
        return subscription
    }

    /// A name that no other batch has: 22 unique characters of this connection, then the token.
    func batchID(_ token: UInt64) -> String {
        inboxPrefix.dropFirst("_INBOX.".count) + String(token)
    }

    /// Sends a request that is answered by several messages, and waits for the last.
    ///
    /// - Parameter isLast: gets each answer, on a delivery thread; returns whether it is the last one.
    func collect(
        _ subject: String, payload: [UInt8], timeout: Duration,
        isLast: @escaping @Sendable (NATSMessage) -> Bool
    ) async throws(NATSError) {
        let token = replies.newToken()
        replies.addFilter(token, isLast: isLast)
        defer { replies.removeFilter(token) }
        _ = try await answer(to: NATSMessage(subject: subject, payload: payload), token: token, timeout: timeout)
    }

    private func answer(
        to message: NATSMessage, token: UInt64, timeout: Duration
    ) async throws(NATSError) -> NATSMessage {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enqueue([
                    request(message, token: token, timeout: timeout) { continuation.resume(returning: $0) }
                ])
                // Where the cancellation came before the token was known to anybody.
                if Task.isCancelled { replies.fail(token, with: .cancelled) }
            }
        } onCancel: {
            replies.fail(token, with: .cancelled)
        }
        return try result.get()
    }

    private enum Attempt: Sendable {
        case connected(NATSHandle)
        /// Trying again may help.
        case failed(String)
        /// Trying again can't help.
        case refused(String)
    }

    private static func attempt(
        _ configuration: NATSConfiguration, monitor: NATSConnectionMonitor, executor: ThreadExecutor
    ) async -> Attempt {
        do {
            return .connected(try await executor.run { try NATSHandle.connect(configuration, monitor: monitor) })
        } catch let error as NATSError {
            return NATSHandle.isFinal(error) ? .refused("\(error)") : .failed("\(error)")
        } catch {
            return .failed("\(error)")
        }
    }
}
