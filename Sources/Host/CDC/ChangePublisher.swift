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

    static let maximumBatch = 1_000
    /// Room for the headers of a message, which NATS counts as well.
    private static let headerBytes = 1_024

    /// The largest payload that can be stored, in bytes.
    var maximumPayload: Int { max(Self.headerBytes, jetStream.connection.maximumPayload - Self.headerBytes) }

    /// Stores events, for as long as it takes: while NATS is away they wait, and PostgreSQL keeps its WAL.
    ///
    /// - Parameter messages: at most `maximumBatch`, each with its `Nats-Msg-Id`.
    /// - Throws: `CancellationError`, and what waiting does not help against: a message that is too large or is refused.
    func store(_ messages: [NATSMessage], logger: Logger) async throws {
        var failures = 0
        while true {
            try Task.checkCancellation()
            do {
                if isAtomic && messages.count > 1 {
                    _ = try await jetStream.publishAtomicBatch(messages)
                } else {
                    try await storeOneByOne(messages)
                }
                return
            } catch let error where error.kind == .duplicateInBatch || error.kind == .batchRejected {
                // Sent again after a restart, some are stored already; or the server takes no batch now. One by one each
                // is stored once, in order.
                do {
                    return try await storeOneByOne(messages)
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
        if failures % 20 == 0 {
            logger.warning(
                "change events can't be stored; PostgreSQL keeps its WAL until they can",
                metadata: [LogKey.error: "\(error)"])
        }
        failures += 1
        try await Task.sleep(for: .milliseconds(min(50 * failures, 1_000)))
    }
}
