// The dead-letter stream, as the tool reads and empties it.
import Cache
import JetStream
import Operations
import Postgres
import Redis

/// Reads dead letters, puts them back, deletes them.
struct DeadLetterBox {
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

    /// Puts a message back where it was. What was recorded of its failure is forgotten first, so that it counts as new, and
    /// its status is queued until it ends; the dead letter goes last. Cut off in between, it can be done again.
    func replay(_ letter: DeadLetter, database: PostgresConnection, redis: RedisConnection) async throws {
        if let operationID = letter.operationID {
            try await database.run { connection in
                _ = try connection.query(
                    "DELETE FROM write_operations WHERE operation_id = $1 AND status = 'failed'",
                    [.uuid(operationID.bytes)])
            }
            // The status URL that its client has names the first message, which is decided, so somebody has to say it. Only
            // an end has a fingerprint: who waits goes on waiting. Where Redis is away, so is the old status.
            let queued = OperationStatus(operationID: operationID, state: .queued, table: letter.table)
            _ = try? await redis.execute([CacheInvalidation.storing(EncodedStatus(queued))])
        }
        let message = letter.replayed
        try await jetStream.publish(message.subject, headers: message.headers, payload: message.payload)
        try await delete(letter)
    }
}
