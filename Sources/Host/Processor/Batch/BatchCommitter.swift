// Transactions that several partitions share.
import Operations
import PluginHost
import Postgres
import Synchronization
import Tables
import Telemetry

/// Commits the batches of partitions, those together that wait at the same time: a commit costs about the same whether
/// it has three operations in it or three hundred.
///
/// For each table one transaction is under way. What comes meanwhile waits for it to end and then goes together, so that
/// nothing waits while nothing is under way. The cache is invalidated while the next transaction runs. Where a shared
/// transaction is refused, each of its batches gets one of its own, in which PostgreSQL shows which operation it was.
final class BatchCommitter: Sendable {
    /// No further batch joins a transaction with so many operations.
    static let maximumOperations = 1_000

    private enum Turn: Sendable {
        /// The caller commits its own batch, and those of others that wait.
        case lead
        /// Somebody else has committed it.
        case done(Result<Void, any Error>)
    }

    private struct Waiting: Sendable {
        let batch: PartitionBatch
        let turn: CheckedContinuation<Turn, Never>
    }

    private struct TableQueue {
        var isUnderWay = false
        var waiting: [Waiting] = []
    }

    private let pool: PostgresPool
    private let connections: TableConnections
    private let announcer: OperationAnnouncer
    private let metrics: ProcessorMetrics
    private let queues = Mutex<[String: TableQueue]>([:])

    init(pool: PostgresPool, announcer: OperationAnnouncer, metrics: ProcessorMetrics) {
        self.pool = pool
        connections = TableConnections(of: pool.size)
        self.announcer = announcer
        self.metrics = metrics
    }

    /// Returns when the batch is committed, the cache invalidated and the end of its operations told.
    ///
    /// - Throws: `PostgresError`, `BatchTransaction.Blocked`, `BatchTransaction.StalePosition`.
    func commit(_ batch: PartitionBatch) async throws {
        if batch.isAlone || batch.table.hasOwnSQL {
            try await commit([batch])
            return
        }
        let table = batch.table.descriptor.name
        let turn = await withCheckedContinuation { continuation in
            let isFirst = queues.withLock { queues in
                if queues[table, default: TableQueue()].isUnderWay {
                    queues[table]?.waiting.append(Waiting(batch: batch, turn: continuation))
                    return false
                }
                queues[table, default: TableQueue()].isUnderWay = true
                return true
            }
            if isFirst { continuation.resume(returning: .lead) }
        }
        switch turn {
        case .done(let result): try result.get()
        case .lead: try await lead(batch)
        }
    }

    /// The first in the queue is the next to lead.
    private func passOn(_ table: String) {
        let next = queues.withLock { queues -> Waiting? in
            guard let queue = queues[table], !queue.waiting.isEmpty else {
                queues[table]?.isUnderWay = false
                return nil
            }
            return queues[table]?.waiting.removeFirst()
        }
        next?.turn.resume(returning: .lead)
    }

    /// Takes those out of the queue that fit into a transaction with the batch.
    private func companions(of batch: PartitionBatch, _ table: String) -> [Waiting] {
        queues.withLock { queues in
            var count = batch.operations.count
            let together = (queues[table]?.waiting ?? []).prefix { waiting in
                // A generation has its own statements, and a stream its own sequences.
                guard count < Self.maximumOperations, waiting.batch.table === batch.table,
                    waiting.batch.position.stream == batch.position.stream
                else { return false }
                count += waiting.batch.operations.count
                return true
            }
            queues[table]?.waiting.removeFirst(together.count)
            return Array(together)
        }
    }

    private func lead(_ own: PartitionBatch) async throws {
        let table = own.table.descriptor.name
        // Partitions whose messages came at the same moment get here first, and need no transaction of their own.
        await Task.yield()
        let others = companions(of: own, table)
        var isPassedOn = false
        defer { if !isPassedOn { passOn(table) } }
        do {
            let result = try await transact([own] + others.map(\.batch))
            // The next transaction need not wait until the world knows of this one.
            isPassedOn = true
            passOn(table)
            if let result { await tell(result, of: own.table) }
            for other in others { other.turn.resume(returning: .done(.success(()))) }
        } catch let error as PostgresError where error.isRefusal && !others.isEmpty {
            let ownResult = await result(of: own)
            for other in others { other.turn.resume(returning: .done(await result(of: other.batch))) }
            try ownResult.get()
        } catch {
            for other in others { other.turn.resume(returning: .done(.failure(error))) }
            throw error
        }
    }

    private func result(of batch: PartitionBatch) async -> Result<Void, any Error> {
        do {
            return .success(try await commit([batch]))
        } catch {
            return .failure(error)
        }
    }

    private func commit(_ batches: [PartitionBatch]) async throws {
        if let result = try await transact(batches), let table = batches.first?.table { await tell(result, of: table) }
    }

    private func transact(_ batches: [PartitionBatch]) async throws -> BatchTransaction.Result? {
        guard let transaction = BatchTransaction(batches) else { return nil }
        let clock = ContinuousClock()
        let start = clock.now
        let result = try await connections.with(transaction.table.descriptor.name) {
            try await pool.run { connection in try transaction.run(on: connection) }
        }
        metrics.transactions.increment()
        metrics.batches.increment(by: batches.count)
        metrics.batchSize.record(Double(transaction.operations.count))
        metrics.transactionSeconds.record((clock.now - start) / .seconds(1))
        return result
    }

    private func tell(_ result: BatchTransaction.Result, of table: LoadedTable) async {
        let name = table.descriptor.name
        var stale: Set<String> = result.statuses.contains { $0.state == .completed } ? [name] : []
        for kind in result.kinds { stale.formUnion(table.descriptor.invalidates[kind] ?? []) }
        await announcer.announce(result.statuses, of: name, stale: stale, transactionID: result.transactionID)
    }
}
