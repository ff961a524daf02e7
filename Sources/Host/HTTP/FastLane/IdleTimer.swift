// Tells when a connection has been quiet for long.
import NIOCore

/// Runs an action each time nothing has happened on a connection for a while. What happens costs a look at the clock, no
/// more: NIO's `IdleStateHandler` makes a promise for each write. Lives on the connection's event loop.
final class IdleTimer {
    private let timeout: TimeAmount
    private let eventLoop: any EventLoop
    private let action: () -> Void
    private var lastActivity: NIODeadline
    private var scheduled: Scheduled<Void>?

    /// Starts at once.
    ///
    /// - Parameter action: run on the event loop, again after each further timeout until `stop()`.
    init(_ timeout: TimeAmount, on eventLoop: any EventLoop, action: @escaping () -> Void) {
        self.timeout = timeout
        self.eventLoop = eventLoop
        self.action = action
        lastActivity = eventLoop.now
        schedule(at: lastActivity + timeout)
    }

    /// Something happened.
    func touch() { lastActivity = eventLoop.now }

    func stop() {
        scheduled?.cancel()
        scheduled = nil
    }

    private func schedule(at deadline: NIODeadline) {
        let timer = NIOLoopBound(self, eventLoop: eventLoop)
        scheduled = eventLoop.scheduleTask(deadline: deadline) { timer.value.passed() }
    }

    private func passed() {
        guard scheduled != nil else { return }
        let now = eventLoop.now
        if now - lastActivity >= timeout {
            lastActivity = now
            schedule(at: now + timeout)
            action()
        } else {
            schedule(at: lastActivity + timeout)
        }
    }
}

@available(*, unavailable)
extension IdleTimer: Sendable {}
