// Many deadlines, driven by one thread.
import Synchronization

/// Calls observers when their deadlines have passed, rounded up to the next 10 ms.
///
/// Deadlines are not cancelled: an observer ignores one that no longer matters. That keeps setting one as cheap as
/// an append, which matters since each publish and each wait has one and nearly none of them is ever reached.
package final class DeadlineClock: Sendable {
    private struct Entry {
        let observer: any DeadlineObserver
        let token: UInt64
    }

    private struct State {
        var ticks: [UInt64: [Entry]] = [:]
        /// The tick that the thread sleeps until; `max` while it has nothing to wait for.
        var nextTick = UInt64.max
        var isStopped = false
    }

    private static let tickLength: UInt64 = 10_000_000
    /// So that a wall clock that is set back delays nothing for longer.
    private static let longestWait: UInt64 = 1_000_000_000

    private let state = Mutex(State())
    private let wakeUp = Semaphore()

    /// - Parameter name: of its thread.
    package init(name: String) {
        startThread(named: name) { [self] in run() }
    }

    /// Lets the thread end. Deadlines that have not passed never will.
    package func stop() {
        state.withLock { $0.isStopped = true }
        wakeUp.signal()
    }

    /// Any thread; takes a lock for a moment. After `stop` it does nothing.
    ///
    /// - Parameters:
    ///   - observer: held until the deadline has passed.
    ///   - token: given back to the observer, which may have several.
    ///   - delay: less than nothing counts as nothing; the observer is told up to 10 ms later.
    package func schedule(_ observer: any DeadlineObserver, token: UInt64, after delay: Duration) {
        let tick = MonotonicTime.after(delay) / Self.tickLength + 1
        let isEarliest = state.withLock { state in
            guard !state.isStopped else { return false }
            state.ticks[tick, default: []].append(Entry(observer: observer, token: token))
            guard tick < state.nextTick else { return false }
            state.nextTick = tick
            return true
        }
        if isEarliest { wakeUp.signal() }
    }

    private func run() {
        while true {
            let now = MonotonicTime.now / Self.tickLength
            let (due, next, isStopped) = state.withLock { state in
                let passed = state.nextTick <= now ? state.ticks.keys.filter { $0 <= now }.sorted() : []
                let due = passed.flatMap { state.ticks.removeValue(forKey: $0) ?? [] }
                if !passed.isEmpty { state.nextTick = state.ticks.keys.min() ?? .max }
                return (due, state.nextTick, state.isStopped)
            }
            if isStopped { return }
            for entry in due { entry.observer.deadlinePassed(entry.token) }
            if next == .max {
                wakeUp.wait()
            } else {
                let time = MonotonicTime.now
                let remaining = next * Self.tickLength > time ? next * Self.tickLength - time : 0
                if remaining > 0 { _ = wakeUp.wait(atMost: min(remaining, Self.longestWait)) }
            }
        }
    }
}
