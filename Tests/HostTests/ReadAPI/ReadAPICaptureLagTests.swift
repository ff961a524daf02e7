// How far behind change data capture is.
import Testing

@testable import ReadAPI

@Suite("Capture lag")
struct ReadAPICaptureLagTests {
    @Test("what is no lag changes nothing, and never ends the process")
    func faulty() {
        let lag = CaptureLag()
        lag.take(Array(#"{"lagMs":120}"#.utf8))
        for text in [#"{"lagMs":9223372036854775807}"#, #"{"lagMs":-5}"#, #"{"lagMs":1e18}"#, "{}", "x"] {
            lag.take(Array(text.utf8))
            #expect(lag.milliseconds == 120)
        }
    }
}
