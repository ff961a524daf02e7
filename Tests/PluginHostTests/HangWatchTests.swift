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
        let call = HangWatch.Call(slot: 3, number: 7, function: function)
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
        for number in 0..<1_000 {
            let hung = watch.tick([.init(slot: 0, number: UInt64(number), function: .validate)])
            #expect(hung.isEmpty)
        }
    }

    @Test("a call that ended is forgotten")
    func ended() {
        var watch = HangWatch()
        let call = HangWatch.Call(slot: 0, number: 1, function: .validate)
        for _ in 0..<20 { _ = watch.tick([call]) }
        _ = watch.tick([])
        let hung = watch.tick([call])
        #expect(hung.isEmpty)
    }

    /// One `write` as a tick finds it.
    private func write(callbacks: UInt64, isInHost: Bool) -> HangWatch.Call {
        HangWatch.Call(slot: 0, number: 1, function: .write, callbacks: callbacks, isInHost: isInHost)
    }

    @Test("callbacks don't make another call of it: what ticks find in the plugin adds up over them")
    func callbacks() {
        var watch = HangWatch()
        for round in 0..<UInt64(100) {
            let hung =
                watch.tick([write(callbacks: round, isInHost: false)])
                + watch.tick([write(callbacks: round + 1, isInHost: true)])
            #expect(hung.isEmpty)
        }
        let last = write(callbacks: 100, isInHost: false)
        let hung = watch.tick([last])
        #expect(hung == [last])
    }

    @Test("what one callback takes is not the plugin's time")
    func oneCallback() {
        var watch = HangWatch()
        var hung: [HangWatch.Call] = []
        for _ in 0..<100 { hung += watch.tick([write(callbacks: 4, isInHost: false)]) }
        for _ in 0..<10_000 { hung += watch.tick([write(callbacks: 5, isInHost: true)]) }
        #expect(hung.isEmpty)
    }

    @Test("a call that every tick finds in another callback is hung after a minute")
    func endlessCallbacks() {
        var watch = HangWatch()
        var hung: [HangWatch.Call] = []
        for round in 0...UInt64(600) { hung += watch.tick([write(callbacks: round * 50, isInHost: true)]) }
        #expect(hung.isEmpty)
        let last = write(callbacks: 601 * 50, isInHost: true)
        hung = watch.tick([last])
        #expect(hung == [last])
    }
}
