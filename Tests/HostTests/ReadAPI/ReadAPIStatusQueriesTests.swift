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
        // Each query ends when it is let through.
        let (gate, opening) = AsyncStream.makeStream(of: Void.self)
        let queries = StatusQueries { ids in
            batches.withLock { $0.append(ids.count) }
            for await _ in gate { break }
            try Task.checkCancellation()
            return [:]
        }
        async let first = queries.row(.random())
        while batches.withLock({ $0.count }) < 1 { try await Task.sleep(for: .milliseconds(1)) }
        // Those after it gather while it is under way.
        let clients = await queries.clients(2)
        await queries.takeTurn()
        opening.yield()
        _ = try await first
        while batches.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(1)) }
        clients[gone].cancel()
        opening.yield()
        try await clients[1 - gone].value
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

extension StatusQueries {
    /// Clients that each ask for an operation: they wait for an answer once this actor has taken another turn.
    fileprivate func clients(_ count: Int) -> [Task<Void, any Error>] {
        (0..<count).map { _ in Task { _ = try await self.row(.random()) } }
    }

    /// What was handed to this actor before is done afterwards.
    fileprivate func takeTurn() {}
}
