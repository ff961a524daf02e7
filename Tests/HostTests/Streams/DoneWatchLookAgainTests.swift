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
}
