// Events with a beat in their silence.
import Testing

@testable import ReadAPI

@Suite("Events with heartbeats")
struct ReadAPIHeartbeatEventsTests {
    @Test("silences never push an event out, however slow the one is who takes them")
    func slow() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        var beats = HeartbeatEvents(events, every: .milliseconds(2)).makeAsyncIterator()
        continuation.yield()
        try await Task.sleep(for: .milliseconds(300))
        // The very moment may be one in which a silence is about to give way.
        let taken = [await beats.next(), await beats.next()]
        #expect(taken.contains(.event))
        let next = await beats.next()
        #expect(next == .silence)
        continuation.finish()
        while await beats.next() != nil {}
    }
}
