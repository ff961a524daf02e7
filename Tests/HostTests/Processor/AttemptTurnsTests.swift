// Who may work beside whom.
import Synchronization
import Testing

@testable import Processor

@Suite("Turns of attempts")
struct AttemptTurnsTests {
    /// Who has begun, in that order.
    private final class Begun: Sendable {
        private let names = Mutex<[String]>([])

        var all: [String] { names.withLock { $0 } }

        func note(_ name: String) {
            names.withLock { $0.append(name) }
        }
    }

    @Test("who works alone waits for those who work, and keeps those from beginning who come later")
    func alone() async {
        let turns = AttemptTurns()
        let begun = Begun()
        let first = await turns.workTogether()
        let second = await turns.workTogether()
        async let alone = Self.begin(begun, "alone") { await turns.workAlone() }
        while turns.waitingCount != 1 { await Task.yield() }
        async let later = Self.begin(begun, "later") { await turns.workTogether() }
        while turns.waitingCount != 2 { await Task.yield() }
        first.end()
        // A turn that is ended twice is no other one's.
        first.end()
        #expect(begun.all.isEmpty)
        second.end()
        let turn = await alone
        #expect(begun.all == ["alone"])
        while turns.waitingCount != 1 { await Task.yield() }
        turn.end()
        await later.end()
        #expect(begun.all == ["alone", "later"])
        await turns.workAlone().end()
    }

    @Test("one at a time works alone, whoever it is")
    func oneAtATime() async {
        let turns = AttemptTurns()
        let begun = Begun()
        await withDiscardingTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    let turn = await turns.workAlone()
                    begun.note("\(number)")
                    await Task.yield()
                    begun.note("\(number)")
                    turn.end()
                }
            }
        }
        let all = begun.all
        #expect(all.count == 400)
        #expect(stride(from: 0, to: all.count, by: 2).allSatisfy { all[$0] == all[$0 + 1] })
    }

    @Test("whoever works for long holds up nobody: neither one that works alone, nor those beside it")
    func patience() async {
        let turns = AttemptTurns()
        let together = await turns.workTogether()
        let alone = await turns.workAlone()
        await turns.workTogether().end()
        // The first one works on, and was waited for once.
        let start = ContinuousClock.now
        for _ in 0..<3 { await turns.workAlone().end() }
        #expect(ContinuousClock.now - start < TurnQueue.patience)
        together.end()
        alone.end()
    }

    @Test("who is first in line waits for as long as it takes, up to the limit: not from when it came")
    func patienceFromTheFront() {
        var queue = TurnQueue()
        let start = ContinuousClock.now
        let slow = queue.wait(isAlone: true)
        #expect(queue.admit(at: start) == [slow] && queue.overdueAt == nil)
        let batch = queue.wait(isAlone: false)
        let alone = queue.wait(isAlone: true)
        #expect(queue.admit(at: start).isEmpty && queue.overdueAt == start + TurnQueue.patience)
        #expect(queue.admit(at: start + TurnQueue.patience / 2).isEmpty)
        // The slow one is passed. Who came with the batch waits for it from now on.
        let later = start + TurnQueue.patience
        #expect(queue.admit(at: later) == [batch])
        #expect(!queue.isUnderWay(slow) && queue.isUnderWay(batch) && queue.isWaiting(alone))
        #expect(queue.overdueAt == later + TurnQueue.patience)
        queue.end(slow)
        queue.end(batch)
        #expect(queue.admit(at: later) == [alone] && queue.overdueAt == nil)
    }

    @Test("a turn that is protected is not passed by, and afterwards not at once")
    func protected() {
        var queue = TurnQueue()
        let start = ContinuousClock.now
        let slow = queue.wait(isAlone: true)
        #expect(queue.admit(at: start) == [slow])
        let isProtected = queue.protect(slow)
        #expect(isProtected)
        let next = queue.wait(isAlone: true)
        #expect(queue.admit(at: start).isEmpty)
        let later = start + TurnQueue.patience * 5
        #expect(queue.admit(at: later).isEmpty && queue.isUnderWay(slow))
        queue.unprotect(slow, at: later)
        #expect(queue.admit(at: later).isEmpty && queue.overdueAt == later + TurnQueue.patience)
        #expect(queue.admit(at: later + TurnQueue.patience) == [next])
        let isProtectedAgain = queue.protect(slow)
        #expect(!isProtectedAgain, "it is over")
    }

    private static func begin(
        _ begun: Begun, _ name: String, _ take: @Sendable () async -> AttemptTurns.Turn
    ) async -> AttemptTurns.Turn {
        let turn = await take()
        begun.note(name)
        return turn
    }
}
