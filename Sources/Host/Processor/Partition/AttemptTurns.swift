// What may be worked on at the same time in this process.
import Synchronization

/// Lets the workers of all partitions work at the same time, but each attempt at what is likely to have ended a process
/// alone: the next death must count against that message, not against those that happened to be worked on beside it.
///
/// In the order of a `TurnQueue`; any thread. `Tests/Simulation` shows what happens without it.
final class AttemptTurns: Sendable {
    private struct State {
        var queue = TurnQueue()
        var continuations: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    /// Followed by `end`; ending it twice does nothing.
    struct Turn: Sendable {
        fileprivate let turns: AttemptTurns
        fileprivate let number: UInt64

        /// Nobody passes it by while the body runs, however long that takes.
        ///
        /// - Returns: `nil` where somebody has passed it by already; the body was not run.
        func protected<Value: Sendable>(_ body: () async throws -> Value) async rethrows -> Value? {
            guard turns.change({ $0.protect(number) }) else { return nil }
            defer { turns.change { $0.unprotect(number, at: .now) } }
            return try await body()
        }

        /// Also where the work goes on, but waits for somebody else.
        func end() {
            turns.change { $0.end(number) }
        }
    }

    private let state = Mutex(State())

    /// How many wait for their turn.
    var waitingCount: Int { state.withLock(\.queue.waitingCount) }

    /// Waits until nobody works alone, or has for long.
    func workTogether() async -> Turn { await work(isAlone: false) }

    /// Waits until nobody else works, or has worked for long.
    func workAlone() async -> Turn { await work(isAlone: true) }

    private func work(isAlone: Bool) async -> Turn {
        let number = change { $0.wait(isAlone: isAlone) }
        if isWaiting(number) { await wait(number) }
        return Turn(turns: self, number: number)
    }

    private func isWaiting(_ number: UInt64) -> Bool { state.withLock { $0.queue.isWaiting(number) } }

    private func wait(_ number: UInt64) async {
        async let _ = keepTime(number)
        await withCheckedContinuation { continuation in
            let isAdmitted = state.withLock { state in
                guard state.queue.isWaiting(number) else { return true }
                state.continuations[number] = continuation
                return false
            }
            if isAdmitted { continuation.resume() }
        }
    }

    /// While it waits, or until the task is cancelled: looks when whoever is first in line has waited for long enough.
    private func keepTime(_ number: UInt64) async {
        while isWaiting(number) {
            let next = state.withLock { $0.queue.overdueAt } ?? .now + TurnQueue.patience
            guard (try? await Task.sleep(until: next)) != nil else { return }
            change { _ in }
        }
    }

    @discardableResult
    private func change<Result>(_ body: (inout TurnQueue) -> Result) -> Result {
        let (result, admitted) = state.withLock { state in
            let result = body(&state.queue)
            return (result, state.queue.admit(at: .now).compactMap { state.continuations.removeValue(forKey: $0) })
        }
        for continuation in admitted { continuation.resume() }
        return result
    }
}
