// Stops asking JetStream when it does not answer.

/// A circuit breaker as a pure state machine: the time comes from outside.
///
/// Closed, it lets everything through; after `failureLimit` failures in a row it opens and refuses for `openFor`. Then
/// it is half open: one request is let through as the trial, all others are refused until that one has ended, which
/// closes the circuit or opens it again.
package struct CircuitBreaker: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// Shown to the breaker when the request it was given for has ended.
    package struct Ticket: Sendable, Hashable {
        /// The state the ticket was given in; in a later one its outcome no longer counts.
        fileprivate let epoch: Int
    }

    package enum Admission: Sendable, Equatable {
        case admitted(Ticket)
        case refused(retryAfter: Duration)
    }

    package enum Outcome: Sendable {
        /// JetStream stored the write.
        case success
        /// JetStream answered, and the answer says nothing about its health: the stream is full.
        case untouched
        /// JetStream did not answer, or could not be reached.
        case failure
    }

    private enum State {
        case closed
        case open(until: Instant)
        /// Whether the trial is under way.
        case halfOpen(isTrying: Bool)
    }

    /// The rules, so that tests can switch one off and see the fault that it prevents.
    package struct Rules: Sendable {
        /// Half open, one request is let through.
        package var hasOneTrial = true
        /// Outcomes of requests from before the circuit opened or closed don't count.
        package var ignoresLate = true

        package init() {}
    }

    private let rules: Rules
    package let failureLimit: Int
    package let openFor: Duration
    /// Failures since the last success.
    package private(set) var consecutiveFailures = 0
    private var state = State.closed
    private var epoch = 0

    package init(failureLimit: Int = 5, openFor: Duration = .seconds(10), rules: Rules = Rules()) {
        self.rules = rules
        self.failureLimit = failureLimit
        self.openFor = openFor
    }

    /// Whether requests are refused, but for the one on trial.
    package var isOpen: Bool {
        if case .closed = state { false } else { true }
    }

    /// Asks for leave for one request. Each `admitted` is followed by one `settle`.
    package mutating func admit(at now: Instant) -> Admission {
        if case .open(let until) = state, now >= until { enter(.halfOpen(isTrying: false)) }
        switch state {
        case .closed:
            return .admitted(Ticket(epoch: epoch))
        case .open(let until):
            return .refused(retryAfter: until - now)
        case .halfOpen(isTrying: true):
            return .refused(retryAfter: .seconds(1))
        case .halfOpen(isTrying: false):
            state = .halfOpen(isTrying: rules.hasOneTrial)
            return .admitted(Ticket(epoch: epoch))
        }
    }

    /// How long a request would have to wait; `nil` where it might be admitted. Changes nothing.
    package func refusal(at now: Instant) -> Duration? {
        switch state {
        case .closed, .halfOpen(isTrying: false): nil
        case .open(let until): now >= until ? nil : until - now
        case .halfOpen(isTrying: true): .seconds(1)
        }
    }

    /// Tells how a request ended. Late outcomes, of requests from before the circuit opened or closed, don't count.
    package mutating func settle(_ ticket: Ticket, _ outcome: Outcome, at now: Instant) {
        guard ticket.epoch == epoch || !rules.ignoresLate else { return }
        switch (state, outcome) {
        case (.closed, .success):
            consecutiveFailures = 0
        case (.closed, .failure):
            consecutiveFailures += 1
            if consecutiveFailures >= failureLimit { enter(.open(until: now + openFor)) }
        case (.halfOpen, .success), (.halfOpen, .untouched):
            consecutiveFailures = 0
            enter(.closed)
        case (.halfOpen, .failure):
            consecutiveFailures += 1
            enter(.open(until: now + openFor))
        case (.closed, .untouched), (.open, _):
            break
        }
    }

    /// The connection was lost and is back: an open circuit need not wait any longer for its trial.
    package mutating func connectionRestored() {
        if case .open = state { enter(.halfOpen(isTrying: false)) }
    }

    private mutating func enter(_ state: State) {
        self.state = state
        epoch += 1
    }
}
