// Up to where a partition is decided, in the stream that there is now.
import JetStream
import Logging
import Operations
import Postgres
import Streams
import Telemetry

/// What `write_partitions` knows of one partition. Sequences say something about the stream that they were counted in alone:
/// where that was made anew (deleted by somebody, or its disk lost), it begins at 1 again, and writes that are stored in it
/// must not count as decided because of the one before.
struct PartitionPosition: Sendable {
    let context: ProcessorContext
    let table: String
    let partition: Int

    /// A position in a stream.
    struct Position: Sendable {
        /// The stream sequence up to which every message of the partition is decided; 0 where none is.
        var last: UInt64
        /// When the stream was made, as the server writes it.
        var stream: String
    }

    /// - Parameter verifiesLast: whether to look that the message at `last` is the one that was decided: a stream that has
    ///   lost its end may have been written past it again since.
    /// - Returns: `nil` where no processor has ever served the partition.
    func current(verifiesLast: Bool = false) async throws -> Position? {
        while true {
            guard let known = try await read() else { return nil }
            // Read after `last`, so that a stream that grows is never taken for one that has lost its end.
            let stream = try await context.jetStream.streamInfo(StreamName.writes)
            let isOther = known.stream.map { $0 != stream.created } ?? (known.last > stream.lastSequence)
            // After a power cut without syncs, or from a backup: what is stored now gets sequences that were decided before.
            var hasLostEnd = known.last > stream.lastSequence
            if verifiesLast && !isOther && !hasLostEnd { hasLostEnd = try await !isDecided(known.last) }
            if !isOther && !hasLostEnd && known.stream != nil {
                return Position(last: known.last, stream: stream.created)
            }
            // From where on it has other messages nobody knows. What was decided is on record, so all are worked again.
            let last = isOther || hasLostEnd ? 0 : known.last
            // Somebody else may have noticed at the same time, and may have gone on already.
            guard try await note(stream.created, last: last, insteadOf: known) else { continue }
            if isOther || hasLostEnd { report(known, stream) }
            return Position(last: last, stream: stream.created)
        }
    }

    /// Whether the message with this sequence can be the one that was decided under it.
    private func isDecided(_ last: UInt64) async throws -> Bool {
        // One that was removed since says nothing.
        guard last > 0,
            let message = try await context.jetStream.leaderMessage(stream: StreamName.writes, sequence: last)
        else { return true }
        guard message.subject == Subject.writes(table: table, partition: partition) else { return false }
        // Bytes that name no operation are decided without a record.
        guard let id = WriteMessage(message).recordedID else { return true }
        // Not with this sequence: what comes twice is recorded with the first one's.
        return try await context.pool.query(
            "SELECT 1 FROM write_operations WHERE operation_id = $1", [.uuid(id.bytes)]
        ).count == 1
    }

    private func report(_ known: Known, _ stream: StreamInfo) {
        context.logger.error(
            known.stream == stream.created
                ? """
                the stream of writes has lost its end: its messages are worked from the beginning. What was stored there and \
                not decided is lost
                """
                : """
                the stream of writes is another one than before: its messages are worked from the beginning. What the one \
                before still had in it is lost, unless it is brought back
                """,
            metadata: [
                LogKey.table: "\(table)", "partition": "\(partition)", "decided": "\(known.last)",
                "stream_last": "\(stream.lastSequence)", "stream_created": "\(stream.created)",
                "before": "\(known.stream ?? "unknown")",
            ])
    }

    private struct Known: Sendable {
        let last: UInt64
        /// When the stream was made that `last` is of; `nil`: no processor has noted it yet.
        let stream: String?
    }

    private func read() async throws -> Known? {
        let rows = try await context.pool.query(
            "SELECT last, stream_created FROM write_partitions WHERE table_name = $1 AND partition = $2",
            [.text(table), .int4(Int32(partition))])
        return rows.int64(0, 0).map { Known(last: UInt64($0), stream: rows.string(0, 1)) }
    }

    /// - Returns: false where the row has changed meanwhile.
    private func note(_ created: String, last: UInt64, insteadOf known: Known) async throws -> Bool {
        try await context.pool.query(
            """
            UPDATE write_partitions SET stream_created = $3, last = $4,
                stuck_at = CASE WHEN $4 = last THEN stuck_at END,
                attempts = CASE WHEN $4 = last THEN attempts ELSE 0 END,
                attempted_by = CASE WHEN $4 = last THEN attempted_by END
            WHERE table_name = $1 AND partition = $2 AND last = $5 AND stream_created IS NOT DISTINCT FROM $6
            RETURNING 1
            """,
            [
                .text(table), .int4(Int32(partition)), .text(created), .int8(Int64(last)),
                .int8(Int64(known.last)), known.stream.map { .text($0) } ?? .null,
            ]
        ).count == 1
    }
}
