// Writes to tables that no processor serves.
import JetStream
import Logging
import Operations
import Postgres
import ServiceLifecycle
import Streams
import Telemetry

/// Gives up messages on subjects that no consumer takes, once they are older than `grace`: a gateway stores none, so they
/// come from a plugin that never reached a processor, or from somebody's mistake. Each goes to the dead-letter stream,
/// its operation ends `failed`, and `jspg dlq replay` brings it back when the plugin is there.
///
/// A table that ever had a processor has rows in `write_partitions`, and its messages wait for as long as it takes: also where
/// somebody has removed its consumers.
struct UnservedKeeper: Service {
    let context: ProcessorContext
    let grace: Duration

    private static let longestPause = Duration.seconds(60)
    private static let batch = 100

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: min(grace / 2, Self.longestPause))
                do {
                    if context.availability.isAvailable { try await look() }
                } catch {
                    context.logger.debug(
                        "looking for writes that nobody serves failed", metadata: [LogKey.error: "\(error)"])
                }
            }
        }
    }

    private func look() async throws {
        let consumers = try await context.jetStream.consumers(stream: StreamName.writes)
        let limit = Timestamp(microseconds: Timestamp.now().microseconds - grace.components.seconds * 1_000_000)
        let unserved = try await UnservedWrites(context: context).subjects(without: consumers)
            .filter { !isServedHere($0) }
        guard !unserved.isEmpty else { return }
        let stream = try await context.jetStream.streamInfo(StreamName.writes).created
        let known = try await knownTables()
        for subject in unserved where !Self.isOfPartition(subject) || !known.contains(Self.table(of: subject)) {
            while try await giveUpSome(on: subject, of: stream, storedBefore: limit) {}
        }
    }

    /// Gives up the oldest messages of a subject: more may come than one look a minute would have taken.
    ///
    /// - Parameter stream: when the stream of writes was made.
    /// - Returns: whether there may be more.
    private func giveUpSome(
        on subject: String, of stream: String, storedBefore limit: Timestamp
    ) async throws -> Bool {
        try Task.checkCancellation()
        let messages = try await context.jetStream.messages(
            stream: StreamName.writes, from: 1, nextBySubject: subject, upTo: .max, limit: Self.batch,
            maximumBytes: PullOptions.defaultMaximumBytes)
        for message in messages {
            guard let storedAt = Timestamp(rfc3339: message.storedAt), storedAt < limit else { return false }
            try await giveUp(message, subject: subject, of: stream)
        }
        return !messages.isEmpty
    }

    /// A consumer that somebody removed is made anew.
    private func isServedHere(_ subject: String) -> Bool {
        context.ready.table(Self.table(of: subject)) != nil && Self.isOfPartition(subject)
    }

    /// Whether a processor that serves the table takes it.
    private static func isOfPartition(_ subject: String) -> Bool {
        Partition.of(subject: subject, table: table(of: subject)) != nil
    }

    /// The tables that a processor has ever served.
    private func knownTables() async throws -> Set<String> {
        let rows = try await context.pool.query("SELECT DISTINCT table_name FROM write_partitions")
        return Set((0..<rows.count).compactMap { rows.string($0, 0) })
    }

    private static func table(of subject: String) -> String {
        let parts = subject.split(separator: ".", omittingEmptySubsequences: false)
        return String(parts.count > 1 ? parts[1] : subject[...])
    }

    private func giveUp(_ stored: StoredMessage, subject: String, of stream: String) async throws {
        let table = Self.table(of: subject)
        let message = WriteMessage(stored)
        let reason = "No processor has served the table \(table) since the write was stored."
        try await context.deadLetters.store(message, of: stream, table: table, reason: reason)
        try await fail(message, table: table, reason: reason)
        _ = try await context.jetStream.deleteMessage(StreamName.writes, sequence: stored.sequence)
        context.logger.error(
            "a write to a table that no processor serves was given up",
            metadata: [LogKey.subject: "\(subject)", LogKey.sequence: "\(stored.sequence)"])
    }

    /// Where a processor has come meanwhile and decided the operation, that stands.
    private func fail(_ message: WriteMessage, table: String, reason: String) async throws {
        let now = Timestamp.now()
        let error = OperationError(code: OperationError.Code.unknownTable, message: reason, status: 404)
        guard let operation = PreparedOperation(givenUp: message, error: error, now: now) else { return }
        // Whoever has put it back means the message that follows, not this one again.
        let recording = OperationRecording([operation], table: table, endedAt: now).unlessRecorded(
            where: """
                NOT EXISTS (SELECT FROM write_operations
                    WHERE write_operations.operation_id = batch.operation_id
                        AND write_operations.stream_sequence = -batch.stream_sequence)
                """)
        guard try await context.pool.query(recording.sql, recording.parameters).count == 1 else { return }
        let status = operation.status(error: operation.error, table: table, attempts: 1, endedAt: now.description)
        await context.announcer.announce([status], of: table, stale: [], transactionID: nil)
    }
}
