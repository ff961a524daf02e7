// Processes that die in the middle of batches, some of them of their own message.
import TestSupport
import Testing

@testable import Processor

@Suite("Attempts in simulation")
struct AttemptCautionSimulation {
    /// A partition whose messages are worked on by processes that die: of poison each time, of bad luck now and then.
    private struct World {
        var stuckAt: Int?
        var attempts = 0
        /// Everything below is decided.
        var position = 0
        /// Everything below was in somebody's hands.
        var delivered = 0
        var deaths = 0
        /// The messages during which a process died of something else, at most once each: poison behind it may cost a
        /// message one of its three attempts, bad luck another.
        var unlucky: Set<Int> = []
        var givenUp: Set<Int> = []

        /// How often a process dies of bad luck in the middle of a transaction.
        private static let badLuck = 0.03

        /// Runs one process until it dies.
        ///
        /// - Returns: whether everything is decided.
        mutating func run(
            poison: Set<Int>, count: Int, batchSize: Int, luck: inout SeededNumbers, counts: Bool = true
        ) -> Bool {
            var caution = AttemptCaution(batchSize: batchSize)
            // Stream sequences begin with 1.
            caution.suspect(through: UInt64(delivered))
            while position < count {
                let batch = position..<min(position + Int.random(in: 1...batchSize, using: &luck), count)
                var next = batch.lowerBound
                delivered = max(delivered, batch.upperBound)
                while next < batch.upperBound {
                    var step = AttemptCaution.Step.together
                    if caution.isCautious(at: UInt64(next + 1)) {
                        attempts = counts && stuckAt == next ? attempts + 1 : 1
                        stuckAt = next
                        step = caution.step(attempts: attempts)
                    }
                    let end = step == .together ? batch.upperBound : next + 1
                    if step == .poison {
                        givenUp.insert(next)
                    } else if poison.contains(where: { (next..<end).contains($0) })
                        || luck.chance(Self.badLuck)
                            && unlucky.insert(Int.random(in: next..<end, using: &luck)).inserted
                    {
                        deaths += 1
                        return false
                    }
                    caution.passed(end - next)
                    next = end
                    position = next
                }
            }
            return true
        }
    }

    private func run(seed: UInt64, _ rules: SimulatedFleet.Rules = .init()) -> SimulatedFleet {
        var luck = SeededNumbers(seed: seed)
        var fleet = SimulatedFleet(rules, luck: &luck)
        for _ in 0..<20_000 where !fleet.isDone { fleet.advance(&luck) }
        return fleet
    }

    @Test("processes that work beside each other, and die of several messages, give up nothing but poison")
    func fleet() async {
        var (deaths, waits, turns) = (0, 0, 0)
        for seed in UInt64(0)..<3_000 {
            if seed % 16 == 0 { await Task.yield() }
            let fleet = run(seed: seed)
            #expect(fleet.isDone && fleet.givenUp == fleet.poison, "seed \(seed)")
            deaths += fleet.deaths
            waits += fleet.waitsForOthers
            turns += fleet.turnsAlone
        }
        // Otherwise it would show nothing.
        #expect(deaths > 10_000 && waits > 10_000 && turns > 10_000)
    }

    /// An attempt that others have passed by may count for one of theirs, so that good ones can be given up then.
    @Test("where work takes longer than others wait for, all poison is given up, and everything is decided")
    func longWork() async {
        for seed in UInt64(0)..<1_000 {
            if seed % 16 == 0 { await Task.yield() }
            let fleet = run(seed: seed, .init(worksLong: true))
            #expect(fleet.isDone && fleet.givenUp.isSuperset(of: fleet.poison), "seed \(seed)")
        }
    }

    @Test(
        "each rule is needed: without it good messages are given up",
        arguments: [
            SimulatedFleet.Rules(takesTurns: false), SimulatedFleet.Rules(leavesToOthers: false),
            SimulatedFleet.Rules(protectsRecording: false),
        ])
    func needed(rules: SimulatedFleet.Rules) async {
        #expect(await isShown(in: 0..<20_000) { !run(seed: $0, rules).givenUpGood.isEmpty })
    }

    @Test(
        "poison is given up after at most five deaths, and nothing else ever is, though processes die of bad luck as well"
    )
    func poison() async {
        var unlucky = 0
        for seed in UInt64(0)..<20_000 {
            // Thousands of histories must not keep tests that wait for servers from running.
            if seed % 64 == 0 { await Task.yield() }
            var luck = SeededNumbers(seed: seed)
            let poison = Set(
                (0..<Int.random(in: 0...3, using: &luck)).map { _ in Int.random(in: 0..<200, using: &luck) })
            var world = World()
            while !world.run(poison: poison, count: 200, batchSize: 20, luck: &luck) {
                if world.deaths > 300 { break }
            }
            #expect(world.givenUp == poison, "seed \(seed)")
            #expect(world.deaths <= 5 * poison.count + world.unlucky.count, "seed \(seed)")
            unlucky += world.unlucky.count
        }
        // Otherwise it would show nothing.
        #expect(unlucky > 10_000)
    }

    @Test("without the count in the database a poison message kills for ever: the simulator sees it")
    func withoutCount() {
        var luck = SeededNumbers(seed: 1)
        var world = World()
        while world.deaths < 50,
            !world.run(poison: [50], count: 200, batchSize: 20, luck: &luck, counts: false)
        {}
        #expect(world.deaths == 50)
    }
}
