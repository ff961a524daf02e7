// Which writes nobody takes.
import JetStream
import Operations
import Postgres
import Streams

/// What the stream of writes has on subjects that no consumer takes: of a plugin that only the gateways have yet, of a table
/// that was taken out of service, or by somebody's mistake.
struct UnservedWrites {
    /// A subject's first undecided message.
    struct First {
        var subject: String
        var sequence: UInt64
    }

    let context: ProcessorContext

    /// - Parameter consumers: those of the stream.
    func subjects(without consumers: [ConsumerInfo]) async throws(JetStreamError) -> [String] {
        let served = Set(consumers.compactMap(\.configuration.filterSubject))
        return try await context.jetStream.subjects(stream: StreamName.writes, filter: Subject.allWrites)
            .filter { !served.contains($0) }
    }

    func firstUndecided(without consumers: [ConsumerInfo], in stream: StreamInfo) async throws -> [First] {
        let subjects = try await subjects(without: consumers)
        if subjects.isEmpty { return [] }
        // Without it what is decided is kept as well.
        let decided = (try? await decided(in: stream)) ?? [:]
        var first: [First] = []
        for subject in subjects {
            if let message = try await context.jetStream.leaderMessage(
                stream: StreamName.writes, from: (decided[subject] ?? 0) + 1, subject: subject)
            {
                first.append(First(subject: subject, sequence: message.sequence))
            }
        }
        return first
    }

    /// By subject: up to where its partition is decided; nothing while PostgreSQL is away. What lies beyond the stream's end was
    /// decided in an end that it has lost.
    private func decided(in stream: StreamInfo) async throws -> [String: UInt64] {
        guard context.availability.isAvailable else { return [:] }
        let rows = try await context.pool.query(
            "SELECT table_name, partition, last FROM write_partitions WHERE stream_created = $1 AND last <= $2",
            [.text(stream.created), .int8(Int64(clamping: stream.lastSequence))])
        var decided: [String: UInt64] = [:]
        for row in 0..<rows.count {
            if let table = rows.string(row, 0), let partition = rows.int64(row, 1), let last = rows.int64(row, 2) {
                decided[Subject.writes(table: table, partition: Int(partition))] = UInt64(last)
            }
        }
        return decided
    }
}
