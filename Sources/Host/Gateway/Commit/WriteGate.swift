// The gateway's core: takes a write request, answers when it is stored or refused.
package import HTTP
import JetStream
package import Logging
package import Operations
import Synchronization
import Telemetry

/// Accepts writes. Knows nothing of the HTTP server before it: a request goes in, the answer comes out by a closure, and
/// nothing blocks or waits, so that a route, a channel handler or a batch may stand in front of it. Any thread.
package final class WriteGate: Sendable {
    package typealias Completion = @Sendable (WriteAnswer) -> Void

    private let tables: any TableDirectory
    private let committer: WriteCommitter
    private let duplicates: DuplicateResolver
    private let limits: WriteGateLimits
    private let metrics: GatewayMetrics
    private let logger: Logger
    private let ledger: Mutex<WriteLedger>

    package init(
        tables: any TableDirectory, committer: WriteCommitter, duplicates: DuplicateResolver, limits: WriteGateLimits,
        metrics: GatewayMetrics, logger: Logger
    ) {
        self.tables = tables
        self.committer = committer
        self.duplicates = duplicates
        self.limits = limits
        self.metrics = metrics
        self.logger = logger
        ledger = Mutex(WriteLedger(limits))
    }

    /// The state for `/health`.
    package var state: WriteGateState {
        ledger.withLock { ledger in
            WriteGateState(
                inFlight: ledger.inFlight, maximumInFlight: limits.maximumInFlight,
                isCircuitOpen: ledger.breaker.isOpen, takesWrites: ledger.breaker.refusal(at: .now) == nil,
                consecutiveFailures: ledger.breaker.consecutiveFailures)
        }
    }

    /// The connection to NATS was lost and is back.
    package func connectionRestored() {
        committer.serverChanged()
        ledger.withLock { $0.connectionRestored() }
    }

    /// Whether a write would be refused as things stand, whatever its body: asked before the body is read, so that an
    /// overloaded gateway does not collect bodies only to drop them.
    package func refusal() -> Problem? {
        ledger.withLock { $0.refusal(at: .now) }
    }

    /// A write was refused before it came this far.
    package func noteRefusal(_ problem: Problem) { metrics.refused(problem.kind) }

    /// Notes what `body` refuses by throwing a `Problem`: all that comes before `accept`, which notes its own.
    func notingRefusals<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let problem as Problem {
            noteRefusal(problem)
            throw problem
        }
    }

    /// The table and operation of a request, before its body is read.
    ///
    /// - Parameter takesBatches: whether the path is the one that batches are posted to.
    /// - Throws: `Problem`, 404 for a table that no plugin serves, 405 for an operation that it does not declare, 503
    ///   where its plugin is out of service, or may be one that could not be loaded.
    package func table(
        _ name: String, for kind: OperationKind, takesBatches: Bool = false
    ) throws(Problem) -> any WritableTable {
        let table = try table(name)
        guard table.operations.contains(kind) else {
            throw try methodNotAllowed(
                kind.method, table: name, among: kind == .create ? [.create] : [.upsert, .update, .delete],
                takesBatches: takesBatches)
        }
        if let refusal = table.refusal { throw refusal }
        return table
    }

    /// 405, with those of the path's operations that the table declares.
    ///
    /// - Parameter takesBatches: POST is possible as well, whatever the table declares: its lines are judged one by one.
    /// - Throws: `Problem`, 404 for a table that no plugin serves, 503 where its plugin may be one that could not be loaded.
    package func methodNotAllowed(
        _ method: String, table name: String, among kinds: [OperationKind], takesBatches: Bool = false
    ) throws(Problem) -> Problem {
        let operations = try table(name).operations
        let batches = takesBatches ? [OperationKind.create.method] : []
        return .methodNotAllowed(method, allowed: batches + kinds.filter(operations.contains).map(\.method))
    }

    /// - Throws: `Problem`, 404 for a table that no plugin serves, 503 where its plugin may be one that could not be loaded.
    package func check(table name: String) throws(Problem) {
        _ = try table(name)
    }

    private func table(_ name: String) throws(Problem) -> any WritableTable {
        if let table = tables.table(named: name) { return table }
        // Clients take 404 for final.
        if tables.mayLackTables {
            throw Problem(
                .unavailable,
                "Not all plugins could be loaded here, and this table may be one of theirs: nothing was stored. Repeat the "
                    + "request later."
            ).retryAfter(.seconds(5))
        }
        throw Problem(.unknownTable, "No plugin loaded here serves a table of this name. See GET /openapi.json.")
    }

    /// Stores a write.
    ///
    /// - Parameter completion: called exactly once, on any thread, also before this returns; must not block.
    package func accept(_ request: WriteRequest, completion: @escaping Completion) {
        do {
            accept(request, in: try table(request.table, for: request.kind), completion: completion)
        } catch {
            metrics.refused(error.kind)
            completion(.refused(error))
        }
    }

    /// The same for a table that was looked up already.
    ///
    /// - Parameter table: of the request's name; it declares the request's operation.
    package func accept(_ request: WriteRequest, in table: any WritableTable, completion: @escaping Completion) {
        do {
            let identity = try WriteIdentity(request, table: table)
            // A repeated request is answered as the first was, even where the rules have changed meanwhile.
            switch ledger.withLock({ $0.recall(identity, completion) }) {
            case .answered(let answer): return finish([completion], identity, answer)
            case .joined: return
            case .unknown: break
            }
            let write = try PreparedWrite(request, identity: identity, table: table, at: .now())
            switch ledger.withLock({ $0.admit(identity, completion, at: .now) }) {
            case .answered(let answer): finish([completion], identity, answer)
            case .joined: return
            case .admitted(let ticket, let goesAlone): store(write, ticket: ticket, goesAlone: goesAlone)
            }
        } catch {
            metrics.refused(error.kind)
            completion(.refused(error))
        }
    }

    private func store(_ write: PreparedWrite, ticket: CircuitBreaker.Ticket, goesAlone: Bool) {
        committer.store(write.message, goesAlone: goesAlone) { [self] outcome in
            guard case .stored(let sequence, isDuplicate: true, let mayBeOwn) = outcome else {
                return ended(write, ticket, outcome)
            }
            duplicates.resolve(write.identity, sequence: sequence) { [self] finding in
                found(write, ticket, sequence: sequence, mayBeOwn: mayBeOwn, finding)
            }
        }
    }

    /// A write has been stored or not, and it was no duplicate.
    private func ended(_ write: PreparedWrite, _ ticket: CircuitBreaker.Ticket, _ outcome: CommitOutcome) {
        let answer: WriteAnswer
        let memory: RecentKeys.Memory?
        let health: CircuitBreaker.Outcome
        switch outcome {
        case .stored(let sequence, _, _):
            (answer, memory) = stored(write.identity, at: write.acceptedAt, sequence: sequence, isReplayed: false)
            health = .success
            metrics.streamIsFull(false)
        case .refused(let refusal):
            answer = .refused(problem(for: refusal))
            memory = nil
            if case .unavailable = refusal { health = .failure } else { health = .untouched }
        case .unknown(let reason):
            logger.debug("JetStream has not confirmed a write", metadata: [LogKey.error: "\(reason)"])
            answer = .refused(
                Problem(
                    .storageUnavailable,
                    "JetStream has not confirmed the write in time; it may be stored. Repeat the request with the same "
                        + "Idempotency-Key: it is stored once."
                ).retryAfter(limits.retryAfter))
            memory = .uncertain
            health = .failure
        }
        settle(write.identity, ticket, health, memory, answer)
    }

    /// A write's id was known to JetStream.
    private func found(
        _ write: PreparedWrite, _ ticket: CircuitBreaker.Ticket, sequence: UInt64, mayBeOwn: Bool,
        _ finding: DuplicateFinding
    ) {
        let identity = write.identity
        var answer: WriteAnswer
        var memory: RecentKeys.Memory?
        switch finding {
        case .sameRequest(let acceptedAt):
            // The very message of this write, published before a batch's answer was lost, is no replay.
            let isOwn = mayBeOwn && acceptedAt == write.acceptedAt.description
            let receipt = WriteReceipt(identity, acceptedAt: acceptedAt, sequence: sequence, isReplayed: !isOwn)
            answer = .accepted(receipt)
            memory = Timestamp(rfc3339: acceptedAt).map {
                .stored(RecentKeys.Digest(identity.fingerprint), sequence: sequence, acceptedAt: $0)
            }
        case .otherRequest:
            answer = .refused(WriteLedger.keyReuse)
        case .gone:
            (answer, _) = stored(identity, at: write.acceptedAt, sequence: sequence, isReplayed: true)
        case .failed(let reason):
            logger.warning("A duplicate could not be looked up", metadata: [LogKey.error: "\(reason)"])
            answer = .refused(
                Problem(.storageUnavailable, "JetStream did not answer. Repeat the request with the same key.")
                    .retryAfter(limits.retryAfter))
        }
        settle(identity, ticket, .success, memory, answer)
    }

    private func stored(
        _ write: WriteIdentity, at time: Timestamp, sequence: UInt64, isReplayed: Bool
    ) -> (WriteAnswer, RecentKeys.Memory) {
        (
            .accepted(
                WriteReceipt(write, acceptedAt: time.description, sequence: sequence, isReplayed: isReplayed)),
            .stored(RecentKeys.Digest(write.fingerprint), sequence: sequence, acceptedAt: time)
        )
    }

    private func settle(
        _ write: WriteIdentity, _ ticket: CircuitBreaker.Ticket, _ health: CircuitBreaker.Outcome,
        _ memory: RecentKeys.Memory?, _ answer: WriteAnswer
    ) {
        let completions = ledger.withLock { ledger in
            let wasOpen = ledger.breaker.isOpen
            let completions = ledger.settle(write, ticket, health, memory, at: .now)
            return (
                all: completions, opened: !wasOpen && ledger.breaker.isOpen, closed: wasOpen && !ledger.breaker.isOpen
            )
        }
        if completions.opened { logger.error("JetStream does not answer: writes are refused until a trial succeeds") }
        if completions.closed { logger.info("JetStream answers again: writes are accepted") }
        finish(completions.all, write, answer)
    }

    /// Answers the request that stored the write and those with the same key that came meanwhile.
    private func finish(_ completions: [Completion], _ write: WriteIdentity, _ answer: WriteAnswer) {
        var answer = answer
        for completion in completions {
            switch answer {
            case .accepted(let receipt): metrics.accepted(table: write.table, isReplayed: receipt.isReplayed)
            case .refused(let problem): metrics.refused(problem.kind)
            }
            completion(answer)
            if case .accepted(var receipt) = answer {
                receipt.isReplayed = true
                answer = .accepted(receipt)
            }
        }
    }

    private func problem(for refusal: CommitRefusal) -> Problem {
        switch refusal {
        case .streamFull:
            metrics.streamIsFull(true)
            return Problem(
                .storageFull, "The queue of writes is full: this request stored nothing. Repeat it later."
            ).retryAfter(limits.retryAfterFull)
        case .tooLarge:
            return Problem(.bodyTooLarge, "The write is larger than the message size that NATS allows.")
        case .unavailable(let reason):
            logger.debug("JetStream refused a write", metadata: [LogKey.error: "\(reason)"])
            return Problem(
                .storageUnavailable,
                "JetStream can't store writes at the moment: this request stored nothing. Repeat it."
            ).retryAfter(limits.retryAfter)
        }
    }
}
