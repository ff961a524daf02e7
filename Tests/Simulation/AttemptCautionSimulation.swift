// Processes that die in the middle of batches, some of them of their own message.
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
        var givenUp: Set<Int> = []

        /// Runs one process until it dies.
        ///
        /// - Returns: whether everything is decided.
        mutating func run(
            poison: Set<Int>, count: Int, batchSize: Int, luck: inout SeededGenerator, deathRate: Double,
            counts: Bool = true
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
                        || Double.random(in: 0..<1, using: &luck) < deathRate
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

    @Test("poison is given up after at most five deaths, and nothing else ever is", arguments: [UInt64(0)])
    func poison(first: UInt64) async {
        for seed in first..<first + 20_000 {
            // Thousands of histories must not keep tests that wait for servers from running.
            if seed % 64 == 0 { await Task.yield() }
            var luck = SeededGenerator(seed: seed)
            let poison = Set(
                (0..<Int.random(in: 0...3, using: &luck)).map { _ in Int.random(in: 0..<200, using: &luck) })
            var world = World()
            while !world.run(poison: poison, count: 200, batchSize: 20, luck: &luck, deathRate: 0) {
                if world.deaths > 20 { break }
            }
            #expect(world.givenUp == poison, "seed \(seed)")
            #expect(world.deaths <= 5 * poison.count, "seed \(seed)")
        }
    }

    @Test("without the count in the database a poison message kills for ever: the simulator sees it")
    func withoutCount() {
        var luck = SeededGenerator(seed: 1)
        var world = World()
        while world.deaths < 50,
            !world.run(poison: [50], count: 200, batchSize: 20, luck: &luck, deathRate: 0, counts: false)
        {}
        #expect(world.deaths == 50)
    }
}
