// How slowly a client may take its answers.
import Testing

@testable import HTTP

@Suite("Send pace")
struct HTTPSendPaceTests {
    /// Whether each look finds that the pace is kept; the timeout is 10 s, so 5,000 bytes are the least.
    private func kept(_ looks: [(written: Int, unsent: Int)]) -> [Bool] {
        var pace = MinimumSendRate(timeout: 10_000_000_000)
        return looks.map { pace.isKept(written: $0.written, unsent: $0.unsent) }
    }

    @Test("a client that takes 500 bytes a second has time, one that takes less has not")
    func slow() {
        #expect(kept([(100_000, 90_000), (100_000, 85_000), (100_000, 80_001)]) == [true, true, false])
        #expect(kept([(100_000, 100_000), (100_000, 100_000)]) == [true, false])
    }

    @Test("what is written meanwhile is no pace of the client's")
    func written() {
        #expect(kept([(100_000, 90_000), (300_000, 289_000), (300_000, 288_999)]) == [true, false, false])
        #expect(kept([(100_000, 90_000), (300_000, 285_000)]) == [true, true])
    }

    @Test("a few bytes that wait have to be taken, not more than there are; where none wait there is no pace")
    func few() {
        #expect(kept([(100, 20), (140, 20), (180, 20)]) == [true, true, true])
        #expect(kept([(100, 20), (140, 41)]) == [true, false])
        #expect(kept([(100, 0), (100, 0), (110, 0), (120, 5), (120, 0)]) == [true, true, true, true, true])
    }
}
