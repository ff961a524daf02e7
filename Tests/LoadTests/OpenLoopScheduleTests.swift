import Load
import Testing

@Suite("The open loop's schedule")
struct OpenLoopScheduleTests {
    private func all(_ schedule: OpenLoopSchedule) -> [UInt64] {
        var schedule = schedule
        var starts: [UInt64] = []
        while let start = schedule.take(dueBy: .max) { starts.append(start) }
        return starts
    }

    @Test("starts are evenly spaced, and none lies at the end or later")
    func spacing() {
        #expect(all(OpenLoopSchedule(start: 50, rate: 1e8, duration: 5e-8)) == [50, 60, 70, 80, 90])
        let long = all(OpenLoopSchedule(start: 0, rate: 3, duration: 100_000))
        #expect(long.count == 300_000)
        #expect(long.last == 99_999_666_666_666)
    }

    @Test("nothing is taken before its time, and what is late keeps its time")
    func due() {
        var schedule = OpenLoopSchedule(start: 100, rate: 1e8, duration: 1e-6)
        #expect(schedule.take(dueBy: 99) == nil)
        #expect(schedule.upcoming == 100)
        #expect(schedule.take(dueBy: 125) == 100)
        #expect(schedule.take(dueBy: 125) == 110)
        #expect(schedule.take(dueBy: 125) == 120)
        #expect(schedule.take(dueBy: 125) == nil)
        #expect(schedule.upcoming == 130)
    }

    @Test("the parts of several threads are together those of one", arguments: 1...5)
    func parts(count: Int) {
        let together = (0..<count).flatMap {
            all(OpenLoopSchedule(start: 7, rate: 700, duration: 1.5, part: $0, parts: count))
        }
        #expect(together.sorted() == all(OpenLoopSchedule(start: 7, rate: 700, duration: 1.5)))
    }

    @Test("the rest is counted from a time on")
    func rest() {
        var schedule = OpenLoopSchedule(start: 0, rate: 1e8, duration: 1e-7)
        _ = schedule.take(dueBy: 0)
        #expect(schedule.takeRest(from: 40) == 6)
        #expect(schedule.upcoming == nil)
    }

    @Test("what a warm-up left is dropped, and nothing else")
    func skip() {
        var schedule = OpenLoopSchedule(start: 0, rate: 1e8, duration: 1e-7)
        schedule.skip(to: 35)
        #expect(schedule.upcoming == 40)
        schedule.skip(to: 20)
        #expect(schedule.upcoming == 40)
    }

    @Test("a window counts from the warm-up's end to its own")
    func window() {
        let window = MeasuredWindow(start: 10, warmUp: 1e-9, duration: 2e-9)
        #expect((window.measured, window.end) == (11, 13))
        #expect([10, 11, 12, 13].map(window.contains) == [false, true, true, false])
    }
}
