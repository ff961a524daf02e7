// How a batch is applied: what may have ended a process apart, the rest together.
import JetStream
import Logging
import PluginHost
import Tables

extension PartitionWorker {
    func apply(
        _ messages: [WriteMessage], after decided: PartitionPosition.Position, hand: [UInt64: Delivery],
        _ caution: inout AttemptCaution
    ) async throws {
        // Somebody else had these in hand: what ended it is on record, if it was this plugin.
        if let first = messages.first, caution.isCautious(at: first.streamSequence) {
            await context.plugins.faults.refresh()
        }
        let crashes = OperationCrashes(context.plugins.faults.history, of: current.plugin)
        // Message by message it may take longer than JetStream waits for an acknowledgement.
        let hold = context.held.hold(hand)
        defer { context.held.release(hold) }
        var position = decided
        var rest = messages[...]
        while let first = rest.first {
            let through =
                if caution.isCautious(at: first.streamSequence) {
                    try await attempt(rest, after: position, crashes, hand: hand, &caution)
                } else {
                    try await work(rest, after: position, crashes, hand: hand)
                }
            let left = rest.drop { $0.streamSequence <= through }
            caution.passed(rest.count - left.count)
            position.last = max(position.last, through)
            rest = left
        }
    }

    /// Decides what was in nobody's hands before.
    ///
    /// - Returns: up to which stream sequence everything is decided then.
    private func work(
        _ messages: ArraySlice<WriteMessage>, after position: PartitionPosition.Position, _ crashes: OperationCrashes,
        hand: [UInt64: Delivery]
    ) async throws -> UInt64 {
        let turn = await context.attemptTurns.workTogether()
        defer { turn.end() }
        return try await decide(messages, after: position, crashes, step: .together, hand: hand) { turn.end() }
    }

    /// Decides the first of the messages, or the first ones, as the step and the plugin's crashes say.
    ///
    /// - Parameters:
    ///   - reason: why the first one is given up, where positions say so.
    ///   - whenHeldUp: called where it waits for somebody else.
    /// - Returns: up to which stream sequence everything is decided then.
    private func decide(
        _ messages: ArraySlice<WriteMessage>, after position: PartitionPosition.Position, _ crashes: OperationCrashes,
        step: AttemptCaution.Step, because reason: String? = nil, hand: [UInt64: Delivery],
        whenHeldUp: @escaping @Sendable () async throws -> Void
    ) async throws -> UInt64 {
        guard let first = messages.first else { return position.last }
        if let reason = crashes.reasonToGiveUp(first) ?? reason {
            try await persisting(hand, whenHeldUp: whenHeldUp) {
                try await application(by: current, after: position, isAlone: true, willWait: whenHeldUp)
                    .giveUp(first, because: reason)
            }
            return first.streamSequence
        }
        let most = step == .together ? crashes.batchablePrefixCount(messages) : 1
        let count = context.ready.sameGenerationCount(messages.prefix(most), table: tableName)
        let part = Array(messages.prefix(count))
        try await persisting(hand, whenHeldUp: whenHeldUp) {
            try await applyWhenAble(part, after: position, isAlone: step == .alone, willWait: whenHeldUp)
        }
        return part.last?.streamSequence ?? position.last
    }

    /// Decides what may have ended a process: the attempt is recorded first. From the second one on, and while messages go
    /// alone, nothing else is worked on in this process meanwhile.
    ///
    /// Where another process works on the same message, this one waits for what becomes of it.
    ///
    /// - Returns: up to which stream sequence everything is decided then.
    private func attempt(
        _ messages: ArraySlice<WriteMessage>, after position: PartitionPosition.Position, _ crashes: OperationCrashes,
        hand: [UInt64: Delivery], _ caution: inout AttemptCaution
    ) async throws -> UInt64 {
        guard let sequence = messages.first?.streamSequence else { return position.last }
        let stream = position.stream
        let record = attempts
        let patienceEnds = ContinuousClock.now + Self.longestWaitForOthers
        var isAlone = caution.goesAlone
        var pause = Self.lookAtOthers
        while true {
            let turn = await isAlone ? context.attemptTurns.workAlone() : context.attemptTurns.workTogether()
            defer { turn.end() }
            let (limit, insists) = (isAlone ? Int.max : 1, ContinuousClock.now > patienceEnds)
            let beginning = try await turn.protected {
                try await persisting(hand) {
                    try await record.begin(at: sequence, of: stream, limit: limit, insists: insists)
                }
            }
            switch beginning {
            case nil:
                continue
            case .decided(let through):
                return through
            case .begun(let count):
                let step = caution.step(attempts: count)
                do {
                    return try await decide(
                        messages, after: position, crashes, step: step,
                        because: step == .poison ? Self.reasonToGiveUp(attempts: count) : nil, hand: hand
                    ) {
                        turn.end()
                        try await record.forget()
                    }
                } catch {
                    let counts = AttemptCaution.counts(error)
                    if Task.isCancelled {
                        // The processor stops, and a cancelled task is given no connection. It would count as one more end.
                        _ = await Task { try await record.end(at: sequence, of: stream, counts: counts) }.result
                    } else {
                        try? await persisting(hand) { try await record.end(at: sequence, of: stream, counts: counts) }
                    }
                    throw error
                }
            case .exceeds:
                isAlone = true
            case .isLocked:
                // Not recorded while others have their turn: an end of theirs must not count against this message.
                turn.end()
                if signal.isStopped { throw CancellationError() }
                // Each look waits until nobody else works.
                try await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            case .othersAttempt:
                turn.end()
                repeat {
                    if signal.isStopped { throw CancellationError() }
                    try await Task.sleep(for: Self.lookAtOthers)
                } while try await persisting(hand) { try await record.isOthers(at: sequence, of: stream) }
                    && ContinuousClock.now < patienceEnds
            }
        }
    }

    private static func reasonToGiveUp(attempts: Int) -> String {
        "The processor ended \(attempts - 1) times while it worked on this operation: it was given up."
    }

    private func application(
        by table: LoadedTable, after position: PartitionPosition.Position, isAlone: Bool,
        willWait: @escaping @Sendable () async throws -> Void
    ) -> BatchApplication {
        BatchApplication(
            table: table, partition: partition, position: position, context: context, isAlone: isAlone, signal: signal,
            willWait: willWait)
    }

    /// Where a message needs a newer plugin than this processor has, though one that was in service, it waits for that:
    /// nothing behind it may overtake it.
    ///
    /// - Parameter messages: for one generation.
    private func applyWhenAble(
        _ messages: [WriteMessage], after decided: PartitionPosition.Position, isAlone: Bool,
        willWait: @escaping @Sendable () async throws -> Void
    ) async throws {
        var rest = messages[...]
        var position = decided
        var isWaiting = false
        while true {
            do {
                let table = rest.first.flatMap { context.ready.table(for: $0, table: tableName) } ?? current
                try await application(by: table, after: position, isAlone: isAlone, willWait: willWait)
                    .apply(Array(rest))
                context.ready.note(behind: nil, table: tableName, partition: partition)
                return
            } catch let ahead as OperationDecoder.AheadOfPlugin {
                position.last = rest.last { $0.streamSequence < ahead.streamSequence }?.streamSequence ?? position.last
                rest = rest.drop { $0.streamSequence < ahead.streamSequence }
                if context.ready.note(behind: ahead.schemaVersion, table: tableName, partition: partition) {
                    context.logger.error(
                        "the queue has messages of a newer plugin: the table waits until it is loaded here",
                        metadata: [
                            "table": "\(tableName)", "needed": "\(ahead.schemaVersion)",
                            "loaded": "\(current.descriptor.schemaVersion)",
                        ])
                }
                if signal.isStopped { throw CancellationError() }
                if !isWaiting { try await willWait() }
                isWaiting = true
                try await Task.sleep(for: Self.poll)
            }
        }
    }
}
