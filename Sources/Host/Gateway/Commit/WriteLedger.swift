// What the gateway knows of the writes under way and the ones before.
package import HTTP
import Operations

/// The state behind a `WriteGate`, pure: the operations under way with those who wait for them, the recent ones, and the
/// circuit breaker.
package struct WriteLedger {
    package typealias Instant = ContinuousClock.Instant
    package typealias Completion = WriteGate.Completion

    package enum Recall {
        case answered(WriteAnswer)
        /// The same request is under way; the completion gets its answer.
        case joined
        case unknown
    }

    package enum Admission {
        case answered(WriteAnswer)
        case joined
        /// Followed by one `settle`. `goesAlone`: the id may be stored already.
        case admitted(CircuitBreaker.Ticket, goesAlone: Bool)
    }

    private struct Pending {
        let digest: RecentKeys.Digest
        var completions: [Completion]
    }

    private let maximumInFlight: Int
    private var pending: [OperationID: Pending] = [:]
    private var recent: RecentKeys
    package private(set) var breaker: CircuitBreaker

    package init(_ limits: WriteGateLimits) {
        maximumInFlight = limits.maximumInFlight
        recent = RecentKeys(capacity: limits.recentKeys)
        breaker = CircuitBreaker(failureLimit: limits.failureLimit, openFor: limits.openFor)
    }

    /// Operations under way; requests that joined one are not counted.
    package var inFlight: Int { pending.count }

    /// 422: the key was used for another request.
    package static let keyReuse = Problem(.keyReuse, OperationError.keyReuse.message)

    /// Why no write is taken at the moment; `nil` where one is.
    package func refusal(at now: Instant) -> Problem? {
        if pending.count >= maximumInFlight { return Self.overloaded }
        return breaker.refusal(at: now).map(Self.circuitOpen)
    }

    /// Looks for an earlier request with the same key.
    package mutating func recall(_ write: WriteIdentity, _ completion: @escaping Completion) -> Recall {
        let digest = RecentKeys.Digest(write.fingerprint)
        if let earlier = pending[write.operationID] {
            guard earlier.digest == digest else { return .answered(.refused(Self.keyReuse)) }
            pending[write.operationID]?.completions.append(completion)
            return .joined
        }
        switch recent[write.operationID] {
        case nil, .uncertain:
            return .unknown
        case .unconfirmed(let stored):
            return stored == digest ? .unknown : .answered(.refused(Self.keyReuse))
        case .stored(let stored, let sequence, let acceptedAt):
            guard stored == digest else { return .answered(.refused(Self.keyReuse)) }
            return .answered(
                .accepted(
                    WriteReceipt(
                        write, acceptedAt: acceptedAt.description, sequence: sequence, isReplayed: true)))
        }
    }

    /// Takes a write, unless an earlier request with its key is known, or there is no room, or the circuit is open.
    package mutating func admit(
        _ write: WriteIdentity, _ completion: @escaping Completion, at now: Instant
    ) -> Admission {
        switch recall(write, completion) {
        case .answered(let answer): return .answered(answer)
        case .joined: return .joined
        case .unknown: break
        }
        guard pending.count < maximumInFlight else { return .answered(.refused(Self.overloaded)) }
        switch breaker.admit(at: now) {
        case .refused(let retryAfter):
            return .answered(.refused(Self.circuitOpen(retryAfter)))
        case .admitted(let ticket):
            pending[write.operationID] = Pending(
                digest: RecentKeys.Digest(write.fingerprint), completions: [completion])
            return .admitted(ticket, goesAlone: recent[write.operationID] != nil)
        }
    }

    /// Ends a write that was admitted.
    ///
    /// - Returns: those who wait for it, the one that was admitted first.
    package mutating func settle(
        _ write: WriteIdentity, _ ticket: CircuitBreaker.Ticket, _ health: CircuitBreaker.Outcome,
        _ memory: RecentKeys.Memory?, at now: Instant
    ) -> [Completion] {
        breaker.settle(ticket, health, at: now)
        if let memory { recent.remember(write.operationID, memory) }
        return pending.removeValue(forKey: write.operationID)?.completions ?? []
    }

    /// The connection was lost and is back. The server behind it may have lost what it had stored, so a repeated request
    /// is published again: JetStream knows whether it has it.
    package mutating func connectionRestored() {
        recent.unconfirm()
        breaker.connectionRestored()
    }

    private static let overloaded = Problem(
        .overloaded, "As many writes as the gateway takes are under way: this request stored nothing. Repeat it."
    ).retryAfter(.seconds(1))

    private static func circuitOpen(_ retryAfter: Duration) -> Problem {
        Problem(
            .storageUnavailable, "JetStream does not answer: this request stored nothing. Repeat it after a while."
        ).retryAfter(retryAfter)
    }
}
