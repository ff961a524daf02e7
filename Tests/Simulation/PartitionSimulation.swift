// Order and exactly-once of one partition, over many seeded histories.
import Processor
import TestSupport
import Testing

@Suite("Partition protocol, simulated")
struct PartitionSimulation {
    /// Seeds are independent, so a failing one can be run again alone: `SimulatedPartition(seed: N)`.
    @Test("20,000 histories keep every promise")
    func everyPromise() async {
        var troubles = SimulatedPartition.Troubles()
        for seed in UInt64(0)..<20_000 {
            // Thousands of histories must not keep tests that wait for servers from running.
            if seed % 64 == 0 { await Task.yield() }
            var world = SimulatedPartition(seed: seed)
            world.run()
            troubles += world.troubles
            guard let violation = world.violation else { continue }
            var again = SimulatedPartition(seed: seed, isRecorded: true)
            again.run()
            Issue.record("seed \(seed): \(violation)\n\(again.history.suffix(60).joined(separator: "\n"))")
            return
        }
        // Otherwise it would show nothing.
        #expect(troubles.kills > 1_000 && troubles.lostAcknowledgements > 1_000, "\(troubles)")
        #expect(troubles.consumersMadeAnew > 1_000 && troubles.databasesFallenBack > 1_000, "\(troubles)")
        #expect(troubles.consumersFallenBack > 1_000, "\(troubles)")
    }

    @Test(
        "each rule is needed: without it the simulator finds a violation",
        arguments: ["skip", "gap", "catch up", "compare", "first", "not behind"])
    func needed(rule: String) async {
        var rules = SimulatedPartition.Rules()
        switch rule {
        case "skip": rules.skips = false
        case "gap": rules.partition.looksAtGaps = false
        case "compare": rules.partition.comparesPins = false
        case "first": rules.partition.trustsOnlyFirstDeliveries = false
        case "not behind": rules.partition.refusesOlderDatabase = false
        default: rules.partition.catchesUp = false
        }
        let isFound = await isShown(in: 0..<20_000) { seed in
            var world = SimulatedPartition(seed: seed, rules: rules)
            world.run(maximumSteps: 2_000)
            return world.violation.map { !$0.hasPrefix("not everything") } ?? false
        }
        #expect(isFound)
    }
}
