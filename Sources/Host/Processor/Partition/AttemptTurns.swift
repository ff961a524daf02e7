// What may be worked on at the same time in this process.
import Synchronization

/// Lets the workers of all partitions work at the same time, but each attempt at what is likely to have ended a process
/// alone: the next death must count against that message, not against those that happened to be worked on beside it.
///
/// First come, first served; any thread. `Tests/Simulation` shows what happens without it.
final class AttemptTurns: Sendable {
    /// Whoever takes longer holds up nobody: it more likely waits for a lock than that it ends the process.
    static let patience = Duration.milliseconds(500)

    private struct Waiting {
        let number: UInt64
        let isAlone: Bool
        /// It has waited long enough for those who work.
        var isOverdue = false
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        /// Those who work beside each other.
        var together: Set<UInt64> = []
        var alone: UInt64?
        var waiting: [Waiting] = []
        var last: UInt64 = 0

        mutating func next() -> UInt64 {
            last += 1
            return last
        }

        /// Whose turn it is now.
        mutating func admit() -> [CheckedContinuation<Void, Never>] {
            var admitted: [CheckedContinuation<Void, Never>] = []
            while alone == nil, let first = waiting.first {
                if first.isAlone {
                    guard together.isEmpty || first.isOverdue else { break }
                    // Those who still work have worked for long, and hold up no further one.
                    together = []
                    alone = first.number
                } else {
                    together.insert(first.number)
                }
                admitted.append(waiting.removeFirst().continuation)
            }
            return admitted
        }
    }

    /// Followed by `end`; ending it twice does nothing.
    struct Turn: Sendable {
        fileprivate let turns: AttemptTurns
        fileprivate let number: UInt64

        /// Somebody else has it, or had.
        var hasEnded: Bool { !turns.isUnderWay(number) }

        /// Also where the work goes on, but waits for somebody else.
        func end() {
            turns.end(number)
        }

        /// - Parameter delay: after so long, or at once where the task is cancelled.
        func end(after delay: Duration) async {
            try? await Task.sleep(for: delay)
            end()
        }
    }

    private let state = Mutex(State())

    /// How many wait for their turn.
    var waitingCount: Int { state.withLock(\.waiting.count) }

    /// Waits until nobody works alone.
    func workTogether() async -> Turn {
        let number = state.withLock { $0.next() }
        await wait(number, isAlone: false)
        return Turn(turns: self, number: number)
    }

    /// Waits until nobody else works, or has worked for long.
    func workAlone() async -> Turn {
        let number = state.withLock { $0.next() }
        async let _ = beOverdue(number)
        await wait(number, isAlone: true)
        return Turn(turns: self, number: number)
    }

    private func wait(_ number: UInt64, isAlone: Bool) async {
        await withCheckedContinuation { continuation in
            let admitted = state.withLock { state in
                state.waiting.append(Waiting(number: number, isAlone: isAlone, continuation: continuation))
                return state.admit()
            }
            for continuation in admitted { continuation.resume() }
        }
    }

    private func isUnderWay(_ number: UInt64) -> Bool {
        state.withLock { $0.alone == number || $0.together.contains(number) }
    }

    private func beOverdue(_ number: UInt64) async {
        guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
        change { state in
            if let index = state.waiting.firstIndex(where: { $0.number == number }) {
                state.waiting[index].isOverdue = true
            }
        }
    }

    private func end(_ number: UInt64) {
        change { state in
            if state.alone == number { state.alone = nil }
            state.together.remove(number)
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let admitted = state.withLock { state in
            body(&state)
            return state.admit()
        }
        for continuation in admitted { continuation.resume() }
    }
}
