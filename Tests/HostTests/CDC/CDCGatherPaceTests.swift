// How long changes are gathered.
import Testing

@testable import CDC

@Suite("Gather pace")
struct CDCGatherPaceTests {
    /// The waits after `count` changes at a time, again and again `every` so often.
    private func waits(_ count: Int, every interval: Duration, times: Int) -> [Duration?] {
        var pace = GatherPace()
        let start = ContinuousClock.now
        return (0..<times).map { pace.wait(after: count, at: start + interval * $0) }
    }

    @Test("single changes and a short burst are told at once")
    func quiet() {
        #expect(waits(1, every: .milliseconds(5), times: 400).allSatisfy { $0 == nil }, "200 a second")
        #expect(waits(150, every: .seconds(1), times: 5).allSatisfy { $0 == nil })
    }

    @Test("a stream gathers for the longest wait, a quick one for less, and a backlog not at all")
    func stream() {
        let slow = waits(20, every: .milliseconds(10), times: 100)
        #expect(slow.first == .some(nil) && slow.last == GatherPace.longestWait)
        let quick = waits(200, every: .milliseconds(10), times: 100)
        let last = quick.last?.map { $0 / .milliseconds(1) } ?? nil
        #expect(last.map { (8...20).contains($0) } == true, "250 of 20,000 a second take 12.5 ms")
        #expect(waits(1_000, every: .milliseconds(10), times: 20).allSatisfy { $0 == nil })
    }

    @Test("a stream that ends is forgotten")
    func end() {
        var pace = GatherPace()
        let start = ContinuousClock.now
        for step in 0..<100 { _ = pace.wait(after: 50, at: start + .milliseconds(10 * step)) }
        #expect(pace.wait(after: 1, at: start + .milliseconds(1_050)) != nil)
        #expect(pace.wait(after: 1, at: start + .milliseconds(1_300)) == nil)
    }
}
