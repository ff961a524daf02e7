// The thread that sends and receives, so that nobody else ever waits for a socket.
import CNATS
import Synchronization
import Threads

/// Runs one connection: takes everything that is queued and hands it to libnats, writes it out in one system call, waits
/// for the socket, and lets libnats read. What is queued meanwhile goes out together. It also closes the connection, after
/// what was queued before.
final class NATSLoop: Sendable {
    /// Something to send.
    enum Item: Sendable {
        case message(NATSMessage)
        /// Goes out only while its answer is still awaited; fails at once where there is no connection.
        case request(NATSMessage, token: UInt64, reply: String)
        /// Goes out only while the answer to the request with this token is still awaited, which follows it.
        case part(NATSMessage, token: UInt64)
        /// Run once everything queued before is with the server, or known not to be; on a thread of its own.
        case barrier(@Sendable () -> Void)
        /// The last one: sends what is in libnats' buffer, closes the connection, then runs the closure.
        case close(@Sendable () -> Void)
    }

    private struct Queue {
        var items: [Item] = []
        var isStopped = false
    }

    /// How long a barrier waits for the server to have read what was sent before.
    private static let flushMilliseconds: Int64 = 2000

    private let queue = Mutex(Queue())
    private let handle: NATSHandle
    private let socket: NATSSocket
    private let replies: ReplyTable
    private let monitor: NATSConnectionMonitor

    init(handle: NATSHandle, replies: ReplyTable, monitor: NATSConnectionMonitor) {
        self.handle = handle
        socket = handle.socket
        self.replies = replies
        self.monitor = monitor
        startThread(named: "nats") { [self] in run() }
    }

    /// Queues items, which go out in this order with nothing in between.
    ///
    /// - Returns: `false` if the loop was stopped; nothing was queued then.
    func enqueue(_ items: some Collection<Item>) -> Bool {
        let (isAccepted, wasEmpty) = queue.withLock { queue in
            guard !queue.isStopped else { return (false, false) }
            defer { queue.items.append(contentsOf: items) }
            return (true, queue.items.isEmpty)
        }
        if wasEmpty { socket.wake() }
        return isAccepted
    }

    /// Lets the thread send what is queued, close the connection and end. Does not wait for it; `whenClosed` runs then.
    func stop(whenClosed: @escaping @Sendable () -> Void = {}) {
        let wasStopped = queue.withLock { queue in
            defer { queue.isStopped = true }
            if !queue.isStopped { queue.items.append(.close(whenClosed)) }
            return queue.isStopped
        }
        if wasStopped { whenClosed() } else { socket.wake() }
    }

    private func run() {
        var batch: [Item] = []
        while !socket.isDetached {
            batch.removeAll(keepingCapacity: true)
            queue.withLock { swap(&$0.items, &batch) }
            if !batch.isEmpty { send(batch) }
            // Rather than wait until the socket can be written, which it nearly always can.
            if socket.wantsWrite { natsConnection_ProcessWriteEvent(handle.connection) }
            let ready = socket.wait { queue.withLock { !$0.items.isEmpty } }
            if ready.isReadable { natsConnection_ProcessReadEvent(handle.connection) }
            if ready.isWritable { natsConnection_ProcessWriteEvent(handle.connection) }
        }
        // Closed from elsewhere (a drain): nothing that comes later can be sent.
        let rest = queue.withLock { queue in
            queue.isStopped = true
            defer { queue.items = [] }
            return queue.items
        }
        for item in rest { drop(item) }
    }

    private func send(_ batch: [Item]) {
        var dropped = 0
        var reason: NATSError?
        let isConnected = handle.isConnected
        for item in batch {
            switch item {
            case .message(let message):
                // While libnats reconnects it keeps up to 8 MB of these for the next server.
                do throws(NATSError) {
                    try message.publish(on: handle.connection, reply: message.reply)
                } catch {
                    dropped += 1
                    reason = error
                }
            case .request(let message, let token, let reply):
                guard isConnected else {
                    replies.fail(token, with: .notConnected)
                    continue
                }
                guard replies.isWaiting(token) else { continue }
                do throws(NATSError) {
                    try message.publish(on: handle.connection, reply: reply)
                } catch {
                    replies.fail(token, with: error)
                }
            case .part(let message, let token):
                // Nothing goes out for a batch whose end could not: the request itself fails below.
                guard isConnected, replies.isWaiting(token) else { continue }
                do throws(NATSError) {
                    try message.publish(on: handle.connection, reply: nil)
                } catch {
                    replies.fail(token, with: error)
                }
            case .barrier(let body):
                flush(isConnected: isConnected, then: body)
            case .close(let whenClosed):
                flush(isConnected: isConnected) { [handle, replies] in
                    replies.failAll(with: .closed)
                    handle.close()
                    whenClosed()
                }
            }
        }
        if let reason { monitor.dropped(dropped, because: reason) }
    }

    /// The wait for the server's PONG would keep this thread from reading it.
    private func flush(isConnected: Bool, then body: @escaping @Sendable () -> Void) {
        startThread(named: "nats-flush") { [handle] in
            if isConnected { handle.flush(milliseconds: Self.flushMilliseconds) }
            body()
        }
    }

    private func drop(_ item: Item) {
        switch item {
        case .message, .part: break
        case .request(_, let token, _): replies.fail(token, with: .closed)
        case .barrier(let body): body()
        case .close(let whenClosed):
            handle.close()
            whenClosed()
        }
    }
}
