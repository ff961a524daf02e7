// What is known of the stream's end some time ago.
import Testing

@testable import Processor

@Suite("Ends of the stream")
struct StreamEndsTests {
    private let start = ContinuousClock.now

    private func time(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func ends(_ noted: [(second: Int, end: UInt64)]) -> StreamEnds {
        var ends = StreamEnds()
        for (second, end) in noted { ends.note(end, at: time(second)) }
        return ends
    }

    @Test("only what was stored some time ago may be removed, however the consumers look")
    func settled() {
        let ends = ends([(0, 10), (1, 20), (6, 30), (7, 40)])
        #expect(ends.end(before: .seconds(5), at: time(4)) == nil)
        #expect(ends.end(before: .seconds(5), at: time(7)) == 20)
        let trim = StreamTrim(
            bytes: 900, maximumBytes: 1_000, firstSequence: 1,
            lastSequence: ends.end(before: .seconds(5), at: time(7)) ?? 0,
            consumers: [.init(acknowledgedThrough: 15, hasUndecided: false)], unservedFrom: [],
            duplicateWindowFrom: nil)
        #expect(trim.keepFrom == 21)
    }

    @Test("the duplicate window begins behind the newest end that is older")
    func window() {
        let ends = ends([(0, 10), (50, 20), (60, 30)])
        #expect(ends.duplicateWindowFrom(at: time(119)) == nil)
        #expect(ends.duplicateWindowFrom(at: time(121)) == 11)
        var later = ends
        later.note(40, at: time(175))
        #expect(later.duplicateWindowFrom(at: time(175)) == 21)
    }

    @Test("ends of another stream, or of what this one has lost, count no more")
    func shorter() {
        let ends = ends([(0, 1_000), (10, 5)])
        #expect(ends.end(before: .seconds(5), at: time(11)) == nil)
        #expect(ends.end(before: .seconds(5), at: time(15)) == 5)
    }
}
