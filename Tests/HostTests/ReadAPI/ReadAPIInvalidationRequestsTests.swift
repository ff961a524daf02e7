// Many who want tables invalidated are one question.
import Synchronization
import Testing

@testable import ReadAPI

@Suite("Requests for invalidation")
struct ReadAPIInvalidationRequestsTests {
    /// What was asked, and when it may be answered.
    private final class Asked: Sendable {
        private let state = Mutex<(questions: [Set<String>], isOpen: Bool)>(([], false))

        var questions: [Set<String>] { state.withLock(\.questions) }

        func open() { state.withLock { $0.isOpen = true } }

        func ask(_ tables: Set<String>) async {
            state.withLock { $0.questions.append(tables) }
            while !state.withLock(\.isOpen) { await Task.yield() }
        }
    }

    @Test("what is wanted while a question is under way is the next one, for all who wait")
    func gathered() async {
        let asked = Asked()
        let requests = InvalidationRequests { await asked.ask($0) }
        await withDiscardingTaskGroup { group in
            group.addTask { await requests.invalidate(["first"]) }
            while asked.questions.isEmpty { await Task.yield() }
            for number in 0..<100 {
                group.addTask { await requests.invalidate(["first", "other \(number % 3)"]) }
            }
            // All of them wait.
            for _ in 0..<10_000 { await Task.yield() }
            asked.open()
        }
        #expect(asked.questions == [["first"], ["first", "other 0", "other 1", "other 2"]])
        await requests.invalidate(["later"])
        #expect(asked.questions.last == ["later"] && asked.questions.count == 3)
    }
}
