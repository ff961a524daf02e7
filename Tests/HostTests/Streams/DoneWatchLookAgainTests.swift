// Waiting for the end of an operation while messages may be missed.
import Operations
import Streams
import Testing

@Suite("Done watch after NATS was away")
struct DoneWatchLookAgainTests {
    @Test("who waits, or is about to, is told nothing at once, so that it looks", arguments: [true, false])
    func looks(isWaiting: Bool) async throws {
        let watch = DoneWatch { _, _ in 0 }
        let ticket = try watch.register(.random(), table: "items")
        let start = ContinuousClock.now
        if !isWaiting { watch.lookAgain() }
        async let outcome = watch.outcome(ticket, within: .seconds(60))
        if isWaiting {
            try await Task.sleep(for: .milliseconds(50))
            watch.lookAgain()
        }
        #expect(await outcome == nil)
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(watch.count == 0)
    }

    @Test("a host that hands on what it hears need not subscribe: its first wait is told of an end")
    func handsOn() async throws {
        let watch = DoneWatch(subscribe: nil)
        let id = OperationID.random()
        let ticket = try #require(watch.registerIfListening(id, table: "items"))
        let ended = OperationStatus(
            operationID: id, state: .completed, table: "items", entityID: "1", attempts: 1,
            endedAt: "2026-01-01T00:00:00.000Z")
        watch.take(DoneMessage(table: "items", transactionID: nil, operations: [ended]).encoded())
        #expect(await watch.outcome(ticket, within: .seconds(60)) == ended)
        #expect(watch.count == 0)
    }
}
