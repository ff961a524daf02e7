// Look-ups of statuses that go together.
import Operations
import Synchronization
import Testing

@testable import ReadAPI

@Suite("Status queries")
struct ReadAPIStatusQueriesTests {
    @Test("a client that is gone does not cost those their answer who share its query", arguments: [0, 1])
    func cancelled(gone: Int) async throws {
        let batches = Mutex<[Int]>([])
        let queries = StatusQueries { ids in
            batches.withLock { $0.append(ids.count) }
            try await Task.sleep(for: .milliseconds(400))
            return [:]
        }
        // Those after it gather while it is under way.
        async let first = queries.row(.random())
        try await Task.sleep(for: .milliseconds(30))
        let tasks = (0..<2).map { _ in Task { _ = try await queries.row(.random()) } }
        _ = try await first
        try await Task.sleep(for: .milliseconds(30))
        tasks[gone].cancel()
        try await tasks[1 - gone].value
        #expect(batches.withLock { $0 } == [1, 2])
    }

    @Test("a query that fails is the failure of all who share it, and the next one is asked")
    func failed() async throws {
        struct Away: Error {}
        let count = Mutex(0)
        let queries = StatusQueries { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 1 { throw Away() }
            return [:]
        }
        await #expect(throws: Away.self) { try await queries.row(.random()) }
        #expect(try await queries.row(.random()) == nil)
    }
}
