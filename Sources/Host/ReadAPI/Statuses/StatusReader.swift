// How far an operation is.
import Cache
import JetStream
import Operations
import PluginHost
import Postgres
import Streams

/// Answers what `/status` asks: Redis first, then PostgreSQL, then where the partition's consumer stands.
struct StatusReader: Sendable {
    let cache: StatusCache
    let queries: StatusQueries
    let guardian: CompletionGuard
    let jetStream: JetStream

    /// The status as the one who asked may see it; `nil` where the hint shows that there is no such operation.
    ///
    /// - Throws: `PostgresError` where neither Redis nor PostgreSQL can be asked.
    func status(_ operationID: OperationID, hint: StatusHint) async throws -> OperationStatus? {
        try await current(operationID, hint: hint)?.seen(byRequest: hint.fingerprint)
    }

    private func current(_ operationID: OperationID, hint: StatusHint) async throws -> OperationStatus? {
        let cached = await cache.status(of: operationID)
        var replayed: OperationStatus?
        if case .found(let status) = cached {
            if status.state.isFinal { return status }
            // `jspg dlq replay` has put it back; it may have ended since while its processor was without Redis.
            replayed = status
        }
        if let row = try await queries.row(operationID) {
            await guardian.beforeAnswering(row)
            return row.status
        }
        // The hint tells of its first message, which is decided.
        if let replayed { return replayed }
        let queued = OperationStatus(operationID: operationID, state: .queued, table: hint.table)
        guard let sequence = hint.sequence, let table = hint.table, let partition = hint.partition else {
            return queued
        }
        guard
            let info = try? await jetStream.consumerInfo(
                stream: StreamName.writes, name: Subject.writer(table: table, partition: partition))
        else { return queued }
        guard
            let progress = StatusHint.progress(
                of: sequence, delivered: info.delivered.streamSequence,
                acknowledged: info.acknowledgeFloor.streamSequence,
                unacknowledged: info.acknowledgePending, pending: info.pending)
        else {
            // It may have ended between the two looks.
            guard let row = try await queries.row(operationID) else { return nil }
            await guardian.beforeAnswering(row)
            return row.status
        }
        var status = queued
        status.state = progress.state
        status.ahead = progress.ahead
        return status
    }
}
