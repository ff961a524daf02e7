// Bytes that are made while somebody takes them.
import Testing

@testable import ReadAPI

@Suite("Portions")
struct ReadAPIPortionsTests {
    private struct Broken: Error {}

    /// Says when it is gone.
    private final class Kept: Sendable {
        private let gone: AsyncStream<Void>.Continuation

        init(_ gone: AsyncStream<Void>.Continuation) {
            self.gone = gone
        }

        deinit { gone.finish() }
    }

    @Test("all are taken in order, and then there are none")
    func order() async throws {
        let portions = Portions { give in
            for number in 0..<100 { try await give([UInt8(number)]) }
        }
        for number in 0..<100 { #expect(try await portions.next() == [UInt8(number)]) }
        #expect(try await portions.next() == nil)
        #expect(try await portions.next() == nil)
    }

    @Test("what making them throws reaches whoever takes them, at first and later", arguments: [0, 2])
    func broken(count: Int) async throws {
        let portions = Portions { give in
            for _ in 0..<count { try await give([1]) }
            throw Broken()
        }
        for _ in 0..<count { #expect(try await portions.next() == [1]) }
        await #expect(throws: Broken.self) { try await portions.next() }
    }

    @Test("what makes them ends when nobody can take any more", arguments: [0, 1])
    func dropped(taken: Int) async throws {
        let (gone, continuation) = AsyncStream<Void>.makeStream()
        var portions: Portions? = { [kept = Kept(continuation)] in
            Portions { give in
                defer { withExtendedLifetime(kept) {} }
                while true { try await give([1]) }
            }
        }()
        for _ in 0..<taken { _ = try await portions?.next() }
        portions = nil
        for await _ in gone {}
    }

    @Test("to a task that is cancelled they are not complete")
    func cancelled() async throws {
        let portions = Portions { _ in try await Task.sleep(for: .seconds(60)) }
        let task = Task { try await portions.next() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
