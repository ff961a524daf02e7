// Calls that hang, told by ticks.
import Testing

@testable import PluginHost

@Suite("Hang watch")
struct HangWatchTests {
    @Test(
        "a call is hung after its function's number of ticks and not before",
        arguments: [(PluginFunction.validate, 20), (.checks, 20), (.prepare, 50), (.upgrade, 50), (.write, 100)])
    func limits(function: PluginFunction, ticks: Int) {
        var watch = HangWatch()
        let call = HangWatch.Call(slot: 3, sequence: 7, function: function)
        for _ in 0..<ticks {
            let hung = watch.tick([call])
            #expect(hung.isEmpty)
        }
        let hung = watch.tick([call])
        #expect(hung == [call])
    }

    @Test("many short calls by one thread are no long one")
    func shortCalls() {
        var watch = HangWatch()
        for sequence in 0..<1_000 {
            let hung = watch.tick([.init(slot: 0, sequence: UInt64(sequence), function: .validate)])
            #expect(hung.isEmpty)
        }
    }

    @Test("a call that ended is forgotten")
    func ended() {
        var watch = HangWatch()
        let call = HangWatch.Call(slot: 0, sequence: 1, function: .validate)
        for _ in 0..<20 { _ = watch.tick([call]) }
        _ = watch.tick([])
        let hung = watch.tick([call])
        #expect(hung.isEmpty)
    }
}
