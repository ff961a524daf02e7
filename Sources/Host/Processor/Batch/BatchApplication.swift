// Takes the messages of one partition from bytes to decided operations.
import JetStream
import Logging
import Operations
import PluginHost
import Tables
import Telemetry

/// Decodes messages, applies them in one transaction (or several, where one waits for a parent), and tells the world:
/// cache invalidation first, then statuses, then the done message.
struct BatchApplication: Sendable {
    let table: LoadedTable
    let partition: Int
    /// Up to where the partition is decided before the messages, and in which stream.
    let position: PartitionPosition.Position
    let context: ProcessorContext
    /// Whether nothing else may be in its transaction.
    let isAlone: Bool
    /// Ends a wait for somebody else.
    let signal: WorkerSignal
    /// Called when such a wait begins.
    let willWait: @Sendable () async throws -> Void

    private var name: String { table.descriptor.name }

    /// Returns when every message is decided and that is told. May be repeated with the same messages.
    ///
    /// - Throws: `AheadOfPlugin` when every message before that one is decided.
    func apply(_ messages: [WriteMessage]) async throws {
        let (operations, through, ahead) = try await decode(messages, now: Timestamp.now())
        if let through { try await decide(operations, through: through) }
        if let ahead { throw ahead }
    }

    private func decide(_ operations: [PreparedOperation], through: UInt64) async throws {
        var rest = operations[...]
        var parents = ParentProgress()
        var before = position
        while true {
            do {
                try await commit(Array(rest), after: before, through: through, parents: parents)
                return
            } catch let blocked as BatchTransaction.Blocked {
                parents = try await ParentCheck(context: context).progress(for: rest, in: table.descriptor)
                let index = rest.startIndex + blocked.position
                if parents.isDecided(before: rest[index], in: table.descriptor) { continue }
                // What was stored before it can go; then it waits for its parent's partition.
                if blocked.position > 0 {
                    let ready = rest[..<index]
                    let end = ready[index - 1].streamSequence
                    try await commit(Array(ready), after: before, through: end, parents: parents)
                    before.last = end
                    rest = rest[index...]
                }
                try await waitForParents(of: rest[rest.startIndex], parents: &parents)
            }
        }
    }

    /// Decides a message that can't be applied: a copy goes to the dead-letter stream, and the operation, if the message
    /// names one, ends as failed. The plugin never sees it.
    ///
    /// - Parameter sentence: what happened when it was tried.
    func giveUp(_ message: WriteMessage, because sentence: String) async throws {
        let now = Timestamp.now()
        let error = OperationError(code: OperationError.Code.poison, message: sentence, status: 500)
        try await putAside(message, reason: sentence)
        let operation = PreparedOperation(givenUp: message, error: error, now: now)
        try await commit(
            operation.map { [$0] } ?? [], after: position, through: message.streamSequence, parents: ParentProgress())
    }

    // MARK: - Decoding

    /// - Returns: the operations up to the first message that needs a newer plugin, if one does, and the stream sequence of
    ///   the last message that was decoded.
    private func decode(
        _ messages: [WriteMessage], now: Timestamp
    ) async throws -> (
        operations: [PreparedOperation], through: UInt64?, ahead: OperationDecoder.AheadOfPlugin?
    ) {
        let decoder = OperationDecoder(
            table: table, highestSchema: context.plugins.activeSchema(of: name)?.highest)
        var operations: [PreparedOperation] = []
        operations.reserveCapacity(messages.count)
        var through: UInt64?
        for message in messages {
            do {
                switch try decoder.decode(message, now: now) {
                case .operation(let operation):
                    operations.append(operation)
                case .poison(let error):
                    try await putAside(message, reason: error.description)
                    if let failed = PreparedOperation(failed: error, streamSequence: message.streamSequence, now: now) {
                        operations.append(failed)
                    }
                }
            } catch let ahead as OperationDecoder.AheadOfPlugin {
                return (operations, through, ahead)
            }
            through = message.streamSequence
        }
        return (operations, through, nil)
    }

    private func putAside(_ message: WriteMessage, reason: String) async throws {
        guard
            try await context.deadLetters.store(message, of: position.stream, table: name, reason: reason)
        else { return }
        context.logger.error(
            "a message can't be applied and is in the dead-letter stream",
            metadata: [
                LogKey.error: "\(reason)", LogKey.subject: "\(message.subject)",
                LogKey.sequence: "\(message.streamSequence)",
            ])
    }

    // MARK: - Committing

    private func commit(
        _ operations: [PreparedOperation], after before: PartitionPosition.Position, through: UInt64,
        parents: ParentProgress
    ) async throws {
        try await context.committer.commit(
            PartitionBatch(
                table: table, partition: partition, position: before, operations: operations, through: through,
                parents: parents, now: Timestamp.now(), isAlone: isAlone))
    }

    // MARK: - Parents

    /// Waits until everything that was stored before the operation in its parents' partitions is decided.
    private func waitForParents(of operation: PreparedOperation, parents: inout ParentProgress) async throws {
        if parents.isDecided(before: operation, in: table.descriptor) { return }
        try await willWait()
        var delay = Duration.milliseconds(2)
        while !parents.isDecided(before: operation, in: table.descriptor) {
            if signal.isStopped { throw CancellationError() }
            try await Task.sleep(for: delay)
            delay = min(delay * 2, .milliseconds(100))
            parents = try await ParentCheck(context: context).progress(for: [operation], in: table.descriptor)
        }
    }
}
