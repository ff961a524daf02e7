// Consumers whose holder is gone.
import Testing

@testable import Processor

@Suite("Standstill watch")
struct StandstillWatchTests {
    private func look(
        delivered: UInt64, acknowledged: UInt64, undecided: Bool = true
    ) -> StandstillWatch.Look {
        StandstillWatch.Look(delivered: delivered, acknowledged: acknowledged, hasUndecided: undecided)
    }

    @Test("what has something to do and has not moved since the look before stands still, and nothing else does")
    func standingStill() {
        var watch = StandstillWatch()
        let first = [
            "still": look(delivered: 5, acknowledged: 3), "another": look(delivered: 5, acknowledged: 3),
            "delivering": look(delivered: 5, acknowledged: 3), "deciding": look(delivered: 5, acknowledged: 3),
            "idle": look(delivered: 5, acknowledged: 5, undecided: false),
        ]
        let atFirst = watch.standingStill(first)
        #expect(atFirst.isEmpty, "nothing is known before the second look")
        var second = first
        second["delivering"] = look(delivered: 6, acknowledged: 3)
        second["deciding"] = look(delivered: 5, acknowledged: 4)
        second["new"] = look(delivered: 1, acknowledged: 0)
        let standing = watch.standingStill(second)
        #expect(standing == ["another", "still"])
    }

    @Test("only the look right before counts")
    func lookBefore() {
        var watch = StandstillWatch()
        let stuck = ["one": look(delivered: 5, acknowledged: 3)]
        let moved = ["one": look(delivered: 6, acknowledged: 3)]
        let standing = [stuck, moved, stuck, stuck, [:], stuck].map { watch.standingStill($0) }
        #expect(standing == [[], [], [], ["one"], [], []])
    }
}
