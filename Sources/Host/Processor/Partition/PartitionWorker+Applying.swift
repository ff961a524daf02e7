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
        let stream = decided.stream
        var position = decided
        // Somebody else had these in hand: what ended it is on record, if it was this plugin.
        if let first = messages.first, caution.isCautious(at: first.streamSequence) {
            await context.plugins.faults.refresh()
        }
        let crashes = OperationCrashes(context.plugins.faults.history, of: current.plugin)
        var rest = messages[...]
        while let first = rest.first {
            var step = AttemptCaution.Step.together
            var reason = crashes.reasonToGiveUp(first)
            let isRecorded = caution.isCautious(at: first.streamSequence)
            if isRecorded {
                guard let begun = try await begin(first, of: stream, hand: hand, isGivenUp: reason != nil, &caution)
                else {
                    caution.passed(1)
                    rest = rest.dropFirst()
                    continue
                }
                step = begun.step
                if step == .poison { reason = reason ?? Self.reasonToGiveUp(attempts: begun.attempts) }
            }
            var count = step == .together && reason == nil ? crashes.batchablePrefixCount(rest) : 1
            do {
                if let reason {
                    try await persisting(hand, whenHeldUp: attempts.forget) { [position] in
                        try await application(by: current, after: position, isAlone: true)
                            .giveUp(first, because: reason)
                    }
                } else {
                    count = context.ready.sameGenerationCount(rest.prefix(count), table: tableName)
                    let part = Array(rest.prefix(count))
                    let isAlone = step == .alone
                    try await persisting(hand, whenHeldUp: attempts.forget) { [position] in
                        try await applyWhenAble(part, after: position, isAlone: isAlone)
                    }
                }
            } catch {
                if isRecorded && !AttemptCaution.counts(error) {
                    try? await persisting(hand) { try await attempts.takeBack(at: first.streamSequence, of: stream) }
                }
                throw error
            }
            position.last = rest.prefix(count).last?.streamSequence ?? position.last
            caution.passed(count)
            rest = rest.dropFirst(count)
        }
    }

    /// Records that work begins at a message that may have ended a process.
    ///
    /// - Parameter isGivenUp: whether that is decided already.
    /// - Returns: how to go on, and how often work has begun at it; `nil` where somebody else has decided it meanwhile.
    private func begin(
        _ message: WriteMessage, of stream: String, hand: [UInt64: Delivery], isGivenUp: Bool,
        _ caution: inout AttemptCaution
    ) async throws -> (step: AttemptCaution.Step, attempts: Int)? {
        let sequence = message.streamSequence
        var count = try await persisting(hand) { try await attempts.begin(at: sequence, of: stream) }
        var step = caution.step(attempts: count)
        // Not only the dead have begun at it: while one works on it for long, others are nudged to take it over.
        while step == .poison && !isGivenUp {
            try await persisting(hand) { try await leaveToOthers() }
            guard let later = try await persisting(hand, { try await attempts.count(at: sequence, of: stream) }) else {
                return nil
            }
            if later == count { break }
            count = later
            step = caution.step(attempts: count)
        }
        return (step, count)
    }

    private func leaveToOthers() async throws {
        let end = ContinuousClock.now + Self.lastChance
        while ContinuousClock.now < end {
            if signal.isStopped { throw CancellationError() }
            try await Task.sleep(for: Self.poll)
        }
    }

    private static func reasonToGiveUp(attempts: Int) -> String {
        "The processor ended \(attempts - 1) times while it worked on this operation: it was given up."
    }

    private func application(
        by table: LoadedTable, after position: PartitionPosition.Position, isAlone: Bool
    ) -> BatchApplication {
        BatchApplication(
            table: table, partition: partition, position: position, context: context, isAlone: isAlone, signal: signal,
            willWait: attempts.forget)
    }

    /// Where a message needs a newer plugin than this processor has, though one that was in service, it waits for that:
    /// nothing behind it may overtake it.
    ///
    /// - Parameter messages: for one generation.
    private func applyWhenAble(
        _ messages: [WriteMessage], after decided: PartitionPosition.Position, isAlone: Bool
    ) async throws {
        var rest = messages[...]
        var position = decided
        var isWaiting = false
        while true {
            do {
                let table = rest.first.flatMap { context.ready.table(for: $0, table: tableName) } ?? current
                try await application(by: table, after: position, isAlone: isAlone).apply(Array(rest))
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
                if !isWaiting { try await attempts.forget() }
                isWaiting = true
                try await Task.sleep(for: Self.poll)
            }
        }
    }
}
