// Two read APIs, with two connections each, over one Redis that restarts, forgets and remembers too much.
import TestSupport
import Testing

@Suite("Cache, simulated")
struct CacheSimulation {
    @Test("no read is older than what its client saw completed, in 20,000 histories")
    func isNeverStale() async {
        var answered = 0
        var hits = 0
        for seed in 0..<20_000 as Range<UInt64> {
            // Thousands of histories must not keep tests that wait for servers from running.
            if seed % 64 == 0 { await Task.yield() }
            var cache = SimulatedCache(seed: seed, rules: SimulatedCache.Rules())
            cache.run(steps: 400)
            #expect(cache.violation == nil, "seed \(seed)")
            answered += cache.answered
            hits += cache.hits
        }
        // Otherwise it would show nothing.
        #expect(answered > 500_000 && hits > 50_000, "\(hits) of \(answered)")
    }

    @Test(
        "each rule is needed",
        arguments: [
            "invalidate first", "distrust after a failure", "moment", "tokens", "run", "copies are checked",
            "version before the query",
        ])
    func needsRule(_ rule: String) async {
        var rules = SimulatedCache.Rules()
        switch rule {
        case "invalidate first": rules.invalidatesFirst = false
        case "distrust after a failure": rules.distrustsAfterFailure = false
        case "moment": rules.looksAtMoment = false
        case "tokens": rules.usesTokens = false
        case "run": rules.looksAtRun = false
        case "copies are checked": rules.checksCopies = false
        default: rules.asksBeforeQuery = false
        }
        let isViolated = await isShown(in: 0..<20_000) { seed in
            var cache = SimulatedCache(seed: seed, rules: rules)
            cache.run(steps: 400)
            return cache.violation != nil
        }
        #expect(isViolated, "without the rule nothing went wrong")
    }
}
