// How long it is worth waiting for a larger batch.
import Testing

@testable import Gateway

@Suite("Gather patience")
struct GatewayGatherPatienceTests {
    /// How long it waits after each of six batches of 32 that take 8 ms, 32 writes coming meanwhile: 4 a millisecond.
    ///
    /// - Parameter rate: writes that come in a millisecond of a wait.
    private func waits(rate: Double) -> [Duration] {
        var patience = GatherPatience(maximum: .milliseconds(10))
        var waits: [Duration] = []
        for _ in 0..<6 {
            guard let wait = patience.wait(answered: 32, gathered: 32, took: .milliseconds(8)) else { break }
            waits.append(wait.limit)
            let arrived = Int(rate * (wait.limit / .milliseconds(1)))
            patience.ended(isReached: 32 + arrived >= wait.target, arrived: arrived, took: wait.limit)
        }
        return waits
    }

    @Test("it goes on where those that were answered come back faster than writes came before")
    func closedLoop() {
        #expect(waits(rate: 7) == Array(repeating: .milliseconds(6), count: 6))
    }

    @Test("it gets shorter, and then there is none, where writes come as fast as before, or none come")
    func openLoop() {
        #expect(waits(rate: 3.9) == [.milliseconds(6), .milliseconds(3), .milliseconds(1)])
        #expect(waits(rate: 0) == [.milliseconds(6), .milliseconds(3), .milliseconds(1)])
    }

    @Test("once it is gone it is tried again after a while")
    func triesAgain() {
        var patience = GatherPatience(maximum: .milliseconds(10))
        var tries = 0
        for _ in 0..<200 where patience.wait(answered: 32, gathered: 0, took: .milliseconds(8)) != nil {
            tries += 1
            patience.ended(isReached: false, arrived: 0, took: .milliseconds(6))
        }
        #expect((5...20).contains(tries))
    }

    @Test("the wait has a longest time, and none is begun where enough has come")
    func bounds() {
        var patience = GatherPatience(maximum: .milliseconds(10))
        #expect(patience.wait(answered: 8, gathered: 0, took: .seconds(1))?.limit == .milliseconds(10))
        #expect(patience.wait(answered: 1, gathered: 64, took: .milliseconds(8)) == nil)
        var none = GatherPatience(maximum: .zero)
        #expect(none.wait(answered: 32, gathered: 0, took: .milliseconds(8)) == nil)
    }
}
