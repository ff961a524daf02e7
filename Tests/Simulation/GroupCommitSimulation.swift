// Group commit over a network that loses, delays and doubles.
import Gateway
import TestSupport
import Testing

@Suite("Group commit, simulated")
struct GroupCommitSimulation {
    @Test("20,000 histories with lost, late and doubled answers keep every promise")
    func simulated() async {
        var batches = 0
        for seed in UInt64(0)..<20_000 {
            // Thousands of histories must not keep tests that wait for servers from running.
            if seed % 64 == 0 { await Task.yield() }
            var world = SimulatedCommits(seed: seed)
            world.run()
            batches += world.batchesStored
            guard let violation = world.violation else { continue }
            var again = SimulatedCommits(seed: seed, isRecorded: true)
            again.run()
            Issue.record("seed \(seed): \(violation)\n\(again.history.suffix(60).joined(separator: "\n"))")
            return
        }
        #expect(batches > 20_000)
    }

    @Test("without what each rule does the simulator finds a violation", arguments: ["ids", "own"])
    func needed(rule: String) async {
        var rules = SimulatedCommits.Rules()
        switch rule {
        case "ids": rules.hasIDs = false
        default: rules.believesMayBeOwn = false
        }
        let isFound = await isShown(in: 0..<2_000) { seed in
            var world = SimulatedCommits(seed: seed, rules: rules)
            world.run()
            return world.violation != nil
        }
        #expect(isFound)
    }
}
