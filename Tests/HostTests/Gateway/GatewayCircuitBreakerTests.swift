// The circuit breaker: five failures, ten seconds, one trial.
import Gateway
import TestSupport
import Testing

@Suite("Circuit breaker")
struct GatewayCircuitBreakerTests {
    private let start = ContinuousClock.now

    private func opened() throws -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.settle(try ticket(&breaker, at: start), .failure, at: start) }
        return breaker
    }

    private func ticket(
        _ breaker: inout CircuitBreaker, at time: CircuitBreaker.Instant
    ) throws -> CircuitBreaker.Ticket {
        guard case .admitted(let ticket) = breaker.admit(at: time) else { throw Refused() }
        return ticket
    }

    private struct Refused: Error {}

    @Test("five failures in a row open it, a success between them does not")
    func opens() throws {
        var breaker = CircuitBreaker()
        for outcome in [CircuitBreaker.Outcome.failure, .failure, .failure, .failure, .success] {
            breaker.settle(try ticket(&breaker, at: start), outcome, at: start)
        }
        #expect(!breaker.isOpen)
        #expect(breaker.consecutiveFailures == 0)
        breaker = try opened()
        #expect(breaker.isOpen)
        #expect(breaker.consecutiveFailures == 5)
        #expect(breaker.admit(at: start + .seconds(4)) == .refused(retryAfter: .seconds(6)))
    }

    @Test("of a burst at half-open one is let through")
    func burst() throws {
        var breaker = try opened()
        let later = start + .seconds(10)
        #expect(breaker.refusal(at: later) == nil)
        let admissions = (0..<100).map { _ in breaker.admit(at: later) }
        let admitted = admissions.filter { if case .admitted = $0 { true } else { false } }
        #expect(admitted.count == 1)
        #expect(breaker.refusal(at: later) == .seconds(1))
    }

    @Test("the trial closes it or opens it again")
    func trial() throws {
        var breaker = try opened()
        var later = start + .seconds(10)
        breaker.settle(try ticket(&breaker, at: later), .failure, at: later)
        #expect(breaker.isOpen)
        #expect(breaker.admit(at: later + .seconds(9)) == .refused(retryAfter: .seconds(1)))
        later = later + .seconds(10)
        breaker.settle(try ticket(&breaker, at: later), .success, at: later)
        #expect(!breaker.isOpen)
        #expect(breaker.consecutiveFailures == 0)
        _ = try ticket(&breaker, at: later)
    }

    @Test("a trial that finds the stream full closes the circuit")
    func fullTrial() throws {
        var breaker = try opened()
        let later = start + .seconds(11)
        breaker.settle(try ticket(&breaker, at: later), .untouched, at: later)
        #expect(!breaker.isOpen)
    }

    @Test("a connection that is back is tried at once, by one request")
    func restored() throws {
        var breaker = try opened()
        breaker.connectionRestored()
        #expect(breaker.isOpen)
        let trial = try ticket(&breaker, at: start)
        #expect(breaker.admit(at: start) == .refused(retryAfter: .seconds(1)))
        breaker.settle(trial, .success, at: start)
        #expect(!breaker.isOpen)
    }

    @Test("a full stream leaves it untouched")
    func streamFull() throws {
        var breaker = CircuitBreaker()
        for _ in 0..<100 { breaker.settle(try ticket(&breaker, at: start), .untouched, at: start) }
        #expect(!breaker.isOpen)
        for _ in 0..<4 { breaker.settle(try ticket(&breaker, at: start), .failure, at: start) }
        breaker.settle(try ticket(&breaker, at: start), .untouched, at: start)
        #expect(breaker.consecutiveFailures == 4)
    }

    @Test("late outcomes of requests from before neither open nor close it")
    func lateOutcomes() throws {
        var breaker = CircuitBreaker()
        let early = try (0..<20).map { _ in try ticket(&breaker, at: start) }
        for ticket in early.prefix(5) { breaker.settle(ticket, .failure, at: start) }
        #expect(breaker.isOpen)
        breaker.settle(early[5], .success, at: start)
        #expect(breaker.isOpen)
        let later = start + .seconds(10)
        let trial = try ticket(&breaker, at: later)
        breaker.settle(early[6], .failure, at: later)
        breaker.settle(trial, .success, at: later)
        for ticket in early.suffix(10) { breaker.settle(ticket, .failure, at: later) }
        #expect(!breaker.isOpen)
    }

    @Test("whatever happens, at most one trial is under way and every open circuit ends", arguments: 0..<200)
    func simulated(seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        var breaker = CircuitBreaker()
        var now = start
        var tickets: [CircuitBreaker.Ticket] = []
        for _ in 0..<500 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                now += .milliseconds(Int.random(in: 0...4_000, using: &random))
            case 1, 2:
                let wasOpen = breaker.isOpen
                if case .admitted(let ticket) = breaker.admit(at: now) {
                    tickets.append(ticket)
                    if wasOpen {
                        #expect(breaker.refusal(at: now) != nil)
                        #expect(breaker.refusal(at: now + .seconds(100)) != nil)
                    }
                }
            default:
                guard !tickets.isEmpty else { continue }
                let ticket = tickets.remove(at: Int.random(in: 0..<tickets.count, using: &random))
                let outcomes: [CircuitBreaker.Outcome] = [.success, .failure, .failure, .failure, .untouched]
                breaker.settle(ticket, outcomes[Int.random(in: 0..<outcomes.count, using: &random)], at: now)
            }
        }
        for ticket in tickets { breaker.settle(ticket, .success, at: now) }
        if breaker.isOpen {
            now += .seconds(10)
            breaker.settle(try self.ticket(&breaker, at: now), .success, at: now)
        }
        #expect(!breaker.isOpen)
    }
}
