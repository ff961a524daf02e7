// How long pull requests last.
import Testing

@testable import JetStream

@Suite("Pull pace")
struct PullPaceTests {
    @Test("requests that nothing answers last twice as long, up to the longest; a message makes them short again")
    func grows() {
        var pace = PullPace(expires: .seconds(2), heartbeat: .seconds(1), longest: .seconds(8))
        var times: [Duration] = []
        for _ in 0..<4 {
            times.append(pace.current.expires)
            #expect(pace.current.heartbeat * 2 == pace.current.expires)
            pace.ended()
        }
        #expect(times == [.seconds(2), .seconds(4), .seconds(8), .seconds(8)])
        let wasLong = pace.delivered()
        #expect(wasLong)
        #expect(pace.current.expires == .seconds(2))
        let isLongStill = pace.delivered()
        #expect(!isLongStill)
    }

    @Test("without a longest time nothing changes")
    func steady() {
        var pace = PullPace(expires: .seconds(2), heartbeat: .seconds(1), longest: .zero)
        pace.ended()
        #expect(pace.current.expires == .seconds(2))
    }
}
