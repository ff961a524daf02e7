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

    /// Processors that live, each nudged to begin at the message on which another one works for long.
    private struct Crowd {
        private enum Phase {
            case idle
            case working(Int)
            /// Before it gives the message up.
            case waiting(Int, attempts: Int)
        }

        let poison: Int
        let looksAgain: Bool
        private var phases: [Phase]
        private var stuckAt: Int?
        private var attempts = 0
        private(set) var position = 0
        private(set) var deaths = 0
        private(set) var givenUp: Set<Int> = []

        init(processors: Int, poison: Int, looksAgain: Bool) {
            self.poison = poison
            self.looksAgain = looksAgain
            phases = [Phase](repeating: .idle, count: processors)
        }

        mutating func advance(_ processor: Int) {
            switch phases[processor] {
            case .idle:
                attempts = stuckAt == position ? attempts + 1 : 1
                stuckAt = position
                var caution = AttemptCaution(batchSize: 1)
                if caution.step(attempts: attempts) != .poison {
                    phases[processor] = .working(position)
                } else if looksAgain {
                    phases[processor] = .waiting(position, attempts: attempts)
                } else {
                    giveUp(position)
                }
            case .working(let message):
                phases[processor] = .idle
                if message == poison { deaths += 1 } else { pass(message) }
            case .waiting(let message, let seen):
                // It waits for longer than anybody who lives works.
                let isWorkedOn = phases.contains { phase in
                    if case .working(let other) = phase { other == message } else { false }
                }
                if position > message {
                    phases[processor] = .idle
                } else if !isWorkedOn && attempts == seen {
                    phases[processor] = .idle
                    giveUp(message)
                } else if !isWorkedOn {
                    phases[processor] = .waiting(message, attempts: attempts)
                }
            }
        }

        private mutating func giveUp(_ message: Int) {
            givenUp.insert(message)
            pass(message)
        }

        private mutating func pass(_ message: Int) {
            guard message == position else { return }
            position += 1
            stuckAt = nil
            attempts = 0
        }
    }

    private func run(seed: UInt64, looksAgain: Bool) -> Crowd {
        var luck = SeededNumbers(seed: seed)
        var crowd = Crowd(processors: 6, poison: Int.random(in: 0..<20, using: &luck), looksAgain: looksAgain)
        for _ in 0..<5_000 where crowd.position < 20 { crowd.advance(Int.random(in: 0..<6, using: &luck)) }
        return crowd
    }

    @Test("processors that live and begin at the same messages give up nothing but poison")
    func crowd() async {
        for seed in UInt64(0)..<2_000 {
            if seed % 64 == 0 { await Task.yield() }
            let crowd = run(seed: seed, looksAgain: true)
            #expect(crowd.position == 20 && crowd.givenUp == [crowd.poison] && crowd.deaths <= 3, "seed \(seed)")
        }
    }

    @Test("without a second look they give up good messages: the simulator sees it")
    func withoutSecondLook() {
        #expect((0..<UInt64(100)).contains { run(seed: $0, looksAgain: false).givenUp.count > 1 })
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
