// The thread that publishes, so that nobody else ever waits for a socket.
import Synchronization
import Threads

/// Takes everything that is queued, hands it to libnats, flushes once, and begins again: what is queued meanwhile goes
/// out together. It also closes the connection, after what was queued before.
final class NATSWriter: Sendable {
    /// Something to send.
    enum Item: Sendable {
        case message(NATSMessage)
        /// Goes out only while its answer is still awaited; fails at once where there is no connection.
        case request(NATSMessage, token: UInt64, reply: String)
        /// Goes out only while the answer to the request with this token is still awaited, which follows it.
        case part(NATSMessage, token: UInt64)
        /// Run once everything queued before is with the server, or known not to be.
        case barrier(@Sendable () -> Void)
    }

    private struct Queue {
        var items: [Item] = []
        var isStopped = false
    }

    /// How long the thread waits for the server to have read a burst before it sends more regardless.
    private static let flushMilliseconds: Int64 = 2000

    private let queue = Mutex(Queue())
    private let wakeUp = Semaphore()
    private let handle: NATSHandle
    private let replies: ReplyTable
    private let monitor: NATSConnectionMonitor

    init(handle: NATSHandle, replies: ReplyTable, monitor: NATSConnectionMonitor) {
        self.handle = handle
        self.replies = replies
        self.monitor = monitor
        startThread(named: "nats-writer") { [self] in run() }
    }

    /// Queues items, which go out in this order with nothing in between.
    ///
    /// - Returns: `false` if the writer was stopped; nothing was queued then.
    func enqueue(_ items: some Collection<Item>) -> Bool {
        let (isAccepted, wasEmpty) = queue.withLock { queue in
            guard !queue.isStopped else { return (false, false) }
            defer { queue.items.append(contentsOf: items) }
            return (true, queue.items.isEmpty)
        }
        if wasEmpty { wakeUp.signal() }
        return isAccepted
    }

    /// Lets the thread send what is queued, close the connection and end. Does not wait for it; `whenClosed` runs on it.
    func stop(whenClosed: (@Sendable () -> Void)? = nil) {
        let wasStopped = queue.withLock { queue in
            defer { queue.isStopped = true }
            if let whenClosed, !queue.isStopped { queue.items.append(.barrier(whenClosed)) }
            return queue.isStopped
        }
        if wasStopped { whenClosed?() } else { wakeUp.signal() }
    }

    private func run() {
        var batch: [Item] = []
        while true {
            batch.removeAll(keepingCapacity: true)
            let isStopped = queue.withLock { queue in
                swap(&queue.items, &batch)
                return queue.isStopped
            }
            if batch.isEmpty && !isStopped {
                wakeUp.wait()
                continue
            }
            let barriers = send(batch)
            if isStopped {
                replies.failAll(with: .closed)
                handle.close()
            }
            for barrier in barriers { barrier() }
            if isStopped { return }
        }
    }

    /// - Returns: the barriers among the items, to be run now.
    private func send(_ batch: [Item]) -> [@Sendable () -> Void] {
        var barriers: [@Sendable () -> Void] = []
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
                barriers.append(body)
            }
        }
        if isConnected { handle.flush(milliseconds: Self.flushMilliseconds) }
        if let reason { monitor.dropped(dropped, because: reason) }
        return barriers
    }
}
