// Storing change events in JetStream.
import JetStream
import Logging
import Telemetry

/// Publishes events strictly in order: what is stored is always a beginning of what was given. A batch is stored as a
/// whole or not at all, and one is under way at a time.
struct ChangePublisher: Sendable {
    let jetStream: JetStream
    /// Whether the stream takes atomic batches; otherwise events are stored one by one.
    let isAtomic: Bool
    /// Is told whether events can be stored.
    let state: CaptureState

    static let maximumBatch = 1_000
    /// Payload bytes in a batch, which has to be stored within the time that an answer may take.
    static let maximumBatchBytes = 4_194_304
    /// Room for the headers of a message, which NATS counts as well.
    private static let headerBytes = 1_024
    /// Attempts, which take about two seconds together, after which a stream that does not answer is taken for removed.
    private static let patience = 10

    /// The largest payload that can be stored, in bytes.
    var maximumPayload: Int { max(Self.headerBytes, jetStream.connection.maximumPayload - Self.headerBytes) }

    /// The first messages, as many as one batch takes; a single larger one is a batch of its own.
    static func batch(of messages: ArraySlice<NATSMessage>) -> ArraySlice<NATSMessage> {
        var bytes = 0
        var end = messages.startIndex
        for message in messages.prefix(maximumBatch) {
            bytes += message.payload.count
            if bytes > maximumBatchBytes, end > messages.startIndex { break }
            end += 1
        }
        return messages[..<end]
    }

    /// Stores events, for as long as it takes: while NATS is away they wait, and PostgreSQL keeps its WAL.
    ///
    /// - Parameters:
    ///   - messages: any number, each with its `Nats-Msg-Id` where one is to be stored once.
    ///   - onStored: called after each batch, with the number of its events.
    /// - Throws: `CancellationError`, and what waiting does not help against: a message that is too large or is refused, a
    ///   stream that was removed.
    func storeAll(_ messages: [NATSMessage], logger: Logger, onStored: (Int) -> Void = { _ in }) async throws {
        var rest = messages[...]
        while !rest.isEmpty {
            let batch = Self.batch(of: rest)
            try await store(Array(batch), logger: logger)
            onStored(batch.count)
            rest = rest[batch.endIndex...]
        }
    }

    /// - Parameter messages: one batch.
    private func store(_ messages: [NATSMessage], logger: Logger) async throws {
        var failures = 0
        while true {
            try Task.checkCancellation()
            do {
                if isAtomic && messages.count > 1 {
                    _ = try await jetStream.publishAtomicBatch(messages)
                } else {
                    try await storeOneByOne(messages)
                }
                return state.setStoreFailure(nil)
            } catch let error where error.kind == .duplicateInBatch || error.kind == .batchRejected {
                // Sent again after a restart, some are stored already; or the server takes no batch now. One by one each
                // is stored once, in order.
                do {
                    try await storeOneByOne(messages)
                    return state.setStoreFailure(nil)
                } catch let error {
                    try await wait(after: error, &failures, logger)
                }
            } catch {
                try await wait(after: error, &failures, logger)
            }
        }
    }

    private func storeOneByOne(_ messages: [NATSMessage]) async throws(JetStreamError) {
        for message in messages {
            try await jetStream.publish(message.subject, headers: message.headers, payload: message.payload)
        }
    }

    private func wait(after error: JetStreamError, _ failures: inout Int, _ logger: Logger) async throws {
        if error.kind == .messageTooLarge || error.kind == .refused { throw error }
        // The stream is made anew before the next start.
        if error.kind == .notFound || error.kind == .noResponders, failures >= Self.patience { throw error }
        state.setStoreFailure("\(error)")
        if failures % 20 == 0 {
            logger.warning(
                "change events can't be stored; PostgreSQL keeps its WAL until they can",
                metadata: [LogKey.error: "\(error)"])
        }
        failures += 1
        try await Task.sleep(for: .milliseconds(min(50 * failures, 1_000)))
    }
}
