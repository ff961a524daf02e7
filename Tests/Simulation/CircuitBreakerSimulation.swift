// A server that comes and goes, behind a circuit breaker.
import TestSupport
import Testing

@testable import Gateway

@Suite("Circuit breaker, simulated")
struct CircuitBreakerSimulation {
    private struct Request {
        let ticket: CircuitBreaker.Ticket
        let endsAt: Int
        let outcome: CircuitBreaker.Outcome
        /// Admitted while the circuit was open for others: a trial.
        let isTrial: Bool
    }

    /// - Returns: what went wrong; `nil`: nothing.
    private func run(seed: UInt64, rules: CircuitBreaker.Rules = CircuitBreaker.Rules()) -> String? {
        var random = SeededNumbers(seed: seed)
        var breaker = CircuitBreaker(failureLimit: 5, openFor: .milliseconds(100), rules: rules)
        let start = CircuitBreaker.Instant.now
        var isUp = true
        var pending: [Request] = []
        for time in 0..<1_500 {
            let now = start + .milliseconds(time)
            // In the end the server stays up: for long enough that two requests can end after one another.
            let isTroubled = time < 900
            if isTroubled, random.chance(0.01) { isUp.toggle() }
            if !isTroubled { isUp = true }
            if isTroubled, random.chance(0.01) {
                // The connection was lost and is back, which says nothing of the server.
                breaker.connectionRestored()
                if breaker.isOpen, breaker.refusal(at: now) != nil, !pending.contains(where: \.isTrial) {
                    return "seed \(seed): at \(time) nothing is tried over a new connection"
                }
            }
            for request in pending where request.endsAt <= time {
                let wasOpen = breaker.isOpen
                breaker.settle(request.ticket, request.outcome, at: now)
                if wasOpen, !breaker.isOpen, !request.isTrial {
                    return "seed \(seed): at \(time) a late answer closed the circuit"
                }
            }
            pending.removeAll { $0.endsAt <= time }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let answer = isUp ? CircuitBreaker.Outcome.success : .failure
                let outcome = isUp && isTroubled && random.chance(0.05) ? .untouched : answer
                let wasOpen = breaker.isOpen
                switch breaker.admit(at: now) {
                case .admitted(let ticket):
                    let isTrial = wasOpen
                    if isTrial, pending.contains(where: \.isTrial) {
                        return "seed \(seed): at \(time) two trials at once"
                    }
                    pending.append(
                        Request(
                            ticket: ticket, endsAt: time + Int.random(in: 1...200, using: &random),
                            outcome: outcome, isTrial: isTrial))
                case .refused(let wait):
                    if !wasOpen { return "seed \(seed): at \(time) a closed circuit refused" }
                    if wait > .seconds(1) { return "seed \(seed): at \(time) a wait of \(wait)" }
                }
            }
        }
        return breaker.isOpen ? "seed \(seed): the server is up and the circuit stays open" : nil
    }

    @Test("20,000 histories: one trial at a time, late answers don't count, and it closes when the server is up")
    func histories() async {
        for seed in 0..<UInt64(20_000) {
            // Thousands of histories must not keep tests that wait for servers from running.
            if seed % 64 == 0 { await Task.yield() }
            if let fault = run(seed: seed) {
                Issue.record("\(fault)")
                return
            }
        }
    }

    @Test("without a rule the simulator finds the fault")
    func withoutRules() {
        var severalTrials = CircuitBreaker.Rules()
        severalTrials.hasOneTrial = false
        #expect((0..<UInt64(200)).contains { run(seed: $0, rules: severalTrials)?.contains("two trials") == true })
        var believingLate = CircuitBreaker.Rules()
        believingLate.ignoresLate = false
        #expect((0..<UInt64(200)).contains { run(seed: $0, rules: believingLate)?.contains("late answer") == true })
    }
}
