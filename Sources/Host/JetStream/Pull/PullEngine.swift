// The part of a pull subscription that lives on the connection's threads.
import JSON
import Synchronization
import Threads

/// Reacts to messages, statuses, time and changes of the connection. Everything happens under one lock; requests go out
/// by the connection's writer, so nothing blocks.
final class PullEngine: Sendable {
    private struct State {
        var ledger: PullLedger
        var pace: PullPace
        /// How often the server has to be heard of, by the last request.
        var heartbeat: Duration
        var buffer: [Delivery] = []
        /// Of the payloads in the buffer.
        var bufferedBytes = 0
        var waiter: CheckedContinuation<Void, Never>?
        /// Thrown by the next `take` that finds nothing.
        var fault: JetStreamError?
        var isStopped = false
        /// The next `take` that finds nothing returns nothing, rather than have its caller wait.
        var isInterrupted = false
        /// Set while a request is put off; nothing is asked meanwhile.
        var isPaused = false
        var lastHeard = MonotonicTime.now
        var unansweredSince: UInt64?
        var subscription: NATSSubscription?
        var observer: UInt64?
    }

    private static let heartbeatToken: UInt64 = 0
    private static let resumeToken: UInt64 = 1
    /// How long «no responders» is put down to a server that is starting.
    private static let patience: UInt64 = 5_000_000_000

    private let connection: NATSConnection
    private let options: PullOptions
    private let requestSubject: String
    private let inbox: String
    private let state: Mutex<State>

    init(connection: NATSConnection, stream: String, consumer: String, options: PullOptions) {
        self.connection = connection
        self.options = options
        requestSubject = "$JS.API.CONSUMER.MSG.NEXT.\(stream).\(consumer)"
        inbox = connection.newInbox()
        state = Mutex(
            State(
                ledger: PullLedger(batch: options.batch),
                pace: PullPace(
                    expires: options.expires, heartbeat: options.heartbeat, longest: options.longestIdle),
                heartbeat: options.heartbeat))
    }

    func start() throws(JetStreamError) {
        let subscription: NATSSubscription
        do throws(NATSError) {
            let prefixLength = inbox.utf8.count + 1
            subscription = try connection.subscribeRaw(inbox + ".*") { [self] message in
                received(message, request: message.token(afterPrefix: prefixLength))
            }
        } catch {
            throw JetStreamError(error)
        }
        let observer = connection.monitor.addObserver { [weak self] state in self?.connectionChanged(to: state) }
        state.withLock { state in
            state.subscription = subscription
            state.observer = observer
            ask(&state)
        }
        connection.clock.schedule(self, token: Self.heartbeatToken, after: options.heartbeat)
    }

    func stop() -> [Delivery] {
        let (subscription, observer, buffer, waiter) = state.withLock { state in
            defer {
                state.isStopped = true
                state.subscription = nil
                state.observer = nil
                state.buffer = []
                state.bufferedBytes = 0
                state.waiter = nil
            }
            return (state.subscription, state.observer, state.buffer, state.waiter)
        }
        subscription?.cancel()
        if let observer { connection.monitor.removeObserver(observer) }
        waiter?.resume()
        return buffer
    }

    var buffered: Int { state.withLock { $0.buffer.count } }
    var pin: String? { state.withLock { $0.ledger.pin } }

    /// What is there, or `nil`: wait.
    func take(max: Int) throws(JetStreamError) -> [Delivery]? {
        let result: Result<[Delivery]?, JetStreamError> = state.withLock { state in
            if state.isStopped { return .failure(JetStreamError(.closed, "the pull subscription was stopped")) }
            guard !state.buffer.isEmpty else {
                if state.isInterrupted {
                    state.isInterrupted = false
                    return .success([])
                }
                guard let fault = state.fault else { return .success(nil) }
                state.fault = nil
                return .failure(fault)
            }
            let taken: [Delivery]
            if state.buffer.count <= max && state.bufferedBytes <= options.maximumBytes {
                taken = state.buffer
                state.buffer = []
                state.bufferedBytes = 0
            } else {
                let (count, bytes) = Self.portion(of: state.buffer, max: max, maximumBytes: options.maximumBytes)
                taken = Array(state.buffer.prefix(count))
                state.buffer.removeFirst(count)
                state.bufferedBytes -= bytes
            }
            ask(&state)
            return .success(taken)
        }
        return try result.get()
    }

    /// The first so many, and their bytes: one at least.
    private static func portion(of buffer: [Delivery], max: Int, maximumBytes: Int) -> (count: Int, bytes: Int) {
        var bytes = 0
        for (count, delivery) in buffer.prefix(max).enumerated() {
            if count > 0 && bytes + delivery.payloadBytes > maximumBytes { return (count, bytes) }
            bytes += delivery.payloadBytes
        }
        return (min(max, buffer.count), bytes)
    }

    /// Resumes the continuation once there is something to take.
    func wait(_ continuation: CheckedContinuation<Void, Never>) {
        let isReady = state.withLock { state in
            precondition(state.waiter == nil, "one task at a time calls next")
            if state.isStopped || state.isInterrupted || !state.buffer.isEmpty || state.fault != nil || Task.isCancelled
            {
                return true
            }
            state.waiter = continuation
            return false
        }
        if isReady { continuation.resume() }
    }

    /// Lets the waiter return with nothing, or the next one if nobody waits.
    func interrupt() {
        state.withLock { $0.isInterrupted = true }
        wake()
    }

    /// Lets the waiter look again.
    func wake() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    private func received(_ message: ReceivedMessage, request: UInt64?) {
        let delivery = Delivery(message, connection: connection)
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.lastHeard = MonotonicTime.now
            if let delivery {
                state.unansweredSince = nil
                // What was asked while nothing came lasts too long to keep a pin; a short request goes out beside it.
                if state.pace.delivered() { state.ledger.reset() }
                // A pin lasts until the server refuses it, and only then are the headers looked at again.
                let mustLearnPin = options.group != nil && state.ledger.pin == nil
                state.ledger.delivered(pin: mustLearnPin ? Delivery.pin(in: message.headers) : nil)
                state.buffer.append(delivery)
                state.bufferedBytes += delivery.payloadBytes
            } else if let request {
                apply(PullStatus(NATSMessage(message)), request: request, to: &state)
            }
            ask(&state)
            guard !state.buffer.isEmpty || state.fault != nil else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    private func apply(_ status: PullStatus, request: UInt64, to state: inout State) {
        if case .noResponders = status {
            let since = state.unansweredSince ?? state.lastHeard
            state.unansweredSince = since
            state.ledger.reset()
            if state.lastHeard - since > Self.patience {
                state.fault = JetStreamError(
                    .noResponders,
                    "no consumer answers on \(requestSubject): it doesn't exist, or JetStream is not ready")
            }
            pause(&state, for: .milliseconds(250))
            return
        }
        state.unansweredSince = nil
        switch status {
        case .heartbeat, .noResponders: break
        case .ended(let remaining):
            state.pace.ended()
            state.ledger.ended(number: request, remaining: remaining)
        case .wrongPin:
            state.ledger.unpin()
            state.ledger.ended(number: request, remaining: nil)
        case .moved:
            state.ledger.reset()
            pause(&state, for: .milliseconds(250))
        case .refused(let error):
            state.ledger.reset()
            state.fault = error
            pause(&state, for: .seconds(1))
        }
    }

    private func pause(_ state: inout State, for duration: Duration) {
        guard !state.isPaused else { return }
        state.isPaused = true
        connection.clock.schedule(self, token: Self.resumeToken, after: duration)
    }

    /// Asks for as much as there is room for, if it is time to.
    private func ask(_ state: inout State) {
        guard !state.isStopped, !state.isPaused, connection.isConnected,
            state.bufferedBytes <= options.maximumBytes / 2,
            let (number, count) = state.ledger.nextRequest(buffered: state.buffer.count)
        else { return }
        let (expires, heartbeat) = state.pace.current
        state.heartbeat = heartbeat
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("batch", count)
        // A message that is larger than this is never sent, so no message may be.
        writer.member("max_bytes", max(options.maximumBytes, 2 * connection.maximumPayload))
        writer.name("expires")
        writer.number(expires.nanoseconds)
        writer.name("idle_heartbeat")
        writer.number(heartbeat.nanoseconds)
        if let group = options.group {
            writer.member("group", group)
            if let pin = state.ledger.pin { writer.member("id", pin) }
        }
        writer.endObject()
        connection.publish([
            NATSMessage(subject: requestSubject, reply: "\(inbox).\(number)", payload: writer.bytes)
        ])
    }

    private func connectionChanged(to new: NATSConnectionState) {
        switch new {
        case .connected: askAnew()
        case .disconnected: break
        case .closed: _ = stop()
        }
    }

    /// Asks as if nothing had been asked before.
    func askAnew() {
        state.withLock { state in
            _ = state.pace.delivered()
            state.lastHeard = MonotonicTime.now
            state.ledger.reset()
            ask(&state)
        }
    }
}

extension PullEngine: DeadlineObserver {
    func deadlinePassed(_ token: UInt64) {
        let (isStopped, heartbeat) = state.withLock { state in
            if token == Self.resumeToken {
                state.isPaused = false
            } else if MonotonicTime.now - state.lastHeard > 2 * UInt64(state.heartbeat.nanoseconds) {
                // Not a word although the server owes a heartbeat: it has forgotten the requests.
                state.ledger.reset()
            }
            ask(&state)
            return (state.isStopped, state.heartbeat)
        }
        guard token == Self.heartbeatToken, !isStopped else { return }
        connection.clock.schedule(self, token: Self.heartbeatToken, after: heartbeat)
    }
}
