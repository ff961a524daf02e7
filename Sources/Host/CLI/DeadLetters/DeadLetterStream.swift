// The dead-letter stream, as the tool reads and empties it.
import Cache
import JetStream
import Operations
import Postgres
import Redis

/// Reads dead letters, puts them back, deletes them.
struct DeadLetterStream {
    private let nats: NATSConnection
    private let jetStream: JetStream

    /// - Throws: `CommandFailure`.
    init(_ options: StateOption) async throws {
        nats = try await options.nats()
        jetStream = JetStream(nats)
    }

    func close() async { await nats.close() }

    /// All that match, oldest first.
    func letters(_ matches: (DeadLetter) -> Bool) async throws -> [DeadLetter] {
        var letters: [DeadLetter] = []
        var next: UInt64 = 1
        while true {
            let messages = try await messages(from: next)
            letters += messages.map { DeadLetter($0) }.filter(matches)
            guard messages.count == Self.page, let last = messages.last else { return letters }
            next = last.sequence + 1
        }
    }

    private static let page = 500

    private func messages(from sequence: UInt64) async throws -> [StoredMessage] {
        do throws(JetStreamError) {
            return try await jetStream.messages(
                stream: StreamName.deadLetters, from: sequence, nextBySubject: Subject.allDeadLetters, upTo: .max,
                limit: Self.page)
        } catch {
            // Who serves no stream does not answer, nor does who has no JetStream.
            guard error.kind == .notFound || error.kind == .noResponders else { throw error }
            if try await isMade() { throw error }
            return []
        }
    }

    /// Whether a processor has ever made the stream.
    ///
    /// - Throws: `CommandFailure` where nobody speaks for JetStream, so that nothing is known.
    private func isMade() async throws -> Bool {
        do throws(JetStreamError) {
            _ = try await jetStream.streamInfo(StreamName.deadLetters)
            return true
        } catch {
            switch error.kind {
            case .notFound: return false
            case .noResponders:
                throw CommandFailure(
                    "nobody answers for JetStream: this nats-server has none, or is not the one that the hosts use. Check "
                        + "NATS_URL, or name a stack with --state")
            default: throw error
            }
        }
    }

    func delete(_ letter: DeadLetter) async throws {
        _ = try await jetStream.deleteMessage(StreamName.deadLetters, sequence: letter.number)
    }

    /// Puts a message back where it was. What was recorded of its failure is marked first, so that it counts as new, and
    /// its status is queued until it ends; the dead letter goes last. Cut off in between, it can be done again.
    ///
    /// The record stays until then: without one, the last message of a partition would show that the stream has lost its end.
    ///
    /// - Returns: false where a processor has put the message aside and not recorded its failure yet: nothing was done.
    func replay(_ letter: DeadLetter, database: PostgresConnection, redis: RedisConnection) async throws -> Bool {
        if let operationID = letter.operationID {
            // Only of this message's failure: it may have been put back already, and have ended otherwise since.
            let sequence = letter.originalSequence.map { PostgresValue.int8(Int64(clamping: $0)) } ?? .null
            let isRecorded = try await database.run { connection in
                try connection.query(
                    """
                    WITH known AS (SELECT FROM write_operations WHERE operation_id = $1),
                        marked AS (
                            UPDATE write_operations SET stream_sequence = -stream_sequence
                            WHERE operation_id = $1 AND status = 'failed' AND stream_sequence > 0
                                AND stream_sequence = coalesce($2, stream_sequence))
                    SELECT FROM known
                    """, [.uuid(operationID.bytes), sequence]
                ).count > 0
            }
            if !isRecorded, try await isUndecided(letter, database: database) { return false }
            // The status URL that its client has names the first message, which is decided, so somebody has to say it. Only
            // an end has a fingerprint: who waits goes on waiting. Where Redis is away, so is the old status.
            let queued = OperationStatus(operationID: operationID, state: .queued, table: letter.table)
            _ = try? await redis.execute([CacheInvalidation.storing(EncodedStatus(queued))])
        }
        let message = letter.replayed
        try await jetStream.publish(message.subject, headers: message.headers, payload: message.payload)
        try await delete(letter)
        return true
    }

    /// Whether the message is still in the stream of writes, and its processor has not passed it.
    private func isUndecided(_ letter: DeadLetter, database: PostgresConnection) async throws -> Bool {
        guard let sequence = letter.originalSequence,
            let partition = Partition.of(subject: letter.originalSubject, table: letter.table),
            let stored = try await jetStream.leaderMessage(stream: StreamName.writes, sequence: sequence),
            stored.subject == letter.originalSubject,
            stored.headers[MessageHeader.messageID] == letter.message.headers[MessageHeader.originalMessageID]
        else { return false }
        return try await database.run { connection in
            try connection.query(
                "SELECT FROM write_partitions WHERE table_name = $1 AND partition = $2 AND last < $3",
                [.text(letter.table), .int4(Int32(partition)), .int8(Int64(clamping: sequence))]
            ).count > 0
        }
    }
}
