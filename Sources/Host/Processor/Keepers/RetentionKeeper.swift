// Forgets old operations.
import JetStream
import Logging
import Operations
import Postgres
import ServiceLifecycle
import Streams
import Telemetry

/// Removes rows of `write_operations` by age, once a minute, in small batches, by one processor at a time.
struct RetentionKeeper: Service {
    let context: ProcessorContext
    let retention: OperationRetention

    /// Rows that one statement removes: few enough that it never holds up a batch of writes.
    private static let batchSize = 1_000
    /// Chosen once; whoever holds this advisory lock removes.
    private static let lock: Int64 = 0x6A73_7067_7265_7465

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var pause = Duration.seconds(60)
                do {
                    // At the start PostgreSQL may not be known to be there yet.
                    if try await !removeOld() { pause = .seconds(2) }
                } catch {
                    if let error = error as? PostgresError, error.isUnavailable {
                        context.availability.reportUnavailable(error)
                    }
                    context.logger.warning(
                        "removing old operations failed; it is tried again in a minute",
                        metadata: [LogKey.error: "\(error)"])
                }
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// - Returns: whether PostgreSQL was there to be asked.
    private func removeOld() async throws -> Bool {
        guard context.availability.isAvailable else { return false }
        guard let limit = try await limit() else { return true }
        var total = 0
        while !Task.isCancelled {
            let count = try await remove(before: limit)
            total += count
            if count < Self.batchSize { break }
        }
        if total > 0 {
            context.logger.info("removed old operations", metadata: [LogKey.count: "\(total)"])
        }
        return true
    }

    /// `nil`: nobody can tell how old the stream is, so nothing is removed.
    private func limit() async throws -> Timestamp? {
        let stream = try await context.jetStream.streamInfo(StreamName.writes)
        guard stream.messages > 0 else {
            return retention.limit(now: .now(), oldestMessage: nil)
        }
        guard
            let oldest = try await context.jetStream.leaderMessage(
                stream: StreamName.writes, sequence: stream.firstSequence),
            let storedAt = Timestamp(rfc3339: oldest.storedAt)
        else { return nil }
        return retention.limit(now: .now(), oldestMessage: storedAt)
    }

    private func remove(before limit: Timestamp) async throws -> Int {
        try await context.pool.query(
            """
            WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($2) AS is_mine)
            DELETE FROM write_operations WHERE operation_id = ANY (ARRAY(
                SELECT operation_id FROM write_operations, turn
                WHERE is_mine AND ended_at < $1::timestamptz ORDER BY ended_at LIMIT $3))
            """,
            [.text(limit.description), .int8(Self.lock), .int8(Int64(Self.batchSize))]
        ).affectedRows
    }
}
