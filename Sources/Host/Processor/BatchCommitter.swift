// Transactions that several partitions share.
import Cache
import JetStream
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
/// nothing waits while nothing is under way. Where a shared transaction is refused, each of its batches gets one of its
/// own, in which PostgreSQL shows which operation it was.
final class BatchCommitter: Sendable {
    /// No further batch joins a transaction with so many operations.
    static let maximumOperations = 1_000

    private enum Turn: Sendable {
        /// The caller commits its own batch and these.
        case lead([Waiting])
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
    private let nats: NATSConnection
    private let invalidator: CacheInvalidator
    private let metrics: ProcessorMetrics
    private let queues = Mutex<[String: TableQueue]>([:])

    init(pool: PostgresPool, nats: NATSConnection, invalidator: CacheInvalidator, metrics: ProcessorMetrics) {
        self.pool = pool
        self.nats = nats
        self.invalidator = invalidator
        self.metrics = metrics
    }

    /// Returns when the batch is committed, the cache invalidated and the end of its operations told.
    ///
    /// - Throws: `PostgresError`, `BatchTransaction.Blocked`, `BatchTransaction.MissingPartition`.
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
            if isFirst { continuation.resume(returning: .lead([])) }
        }
        switch turn {
        case .done(let result): try result.get()
        case .lead(let others):
            defer { passOn(table) }
            try await lead(batch, others)
        }
    }

    /// The next in the queue leads those behind it that fit.
    private func passOn(_ table: String) {
        let next = queues.withLock { queues -> (Waiting, [Waiting])? in
            guard var queue = queues[table] else { return nil }
            defer { queues[table] = queue }
            guard let first = queue.waiting.first else {
                queue.isUnderWay = false
                return nil
            }
            var count = 0
            let together = queue.waiting.prefix { waiting in
                // A generation has its own statements.
                guard count < Self.maximumOperations, waiting.batch.table === first.batch.table else { return false }
                count += waiting.batch.operations.count
                return true
            }
            queue.waiting.removeFirst(together.count)
            return (first, Array(together.dropFirst()))
        }
        if let (first, others) = next { first.turn.resume(returning: .lead(others)) }
    }

    private func lead(_ own: PartitionBatch, _ others: [Waiting]) async throws {
        do {
            try await commit([own] + others.map(\.batch))
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
        guard let transaction = BatchTransaction(batches) else { return }
        let clock = ContinuousClock()
        let start = clock.now
        let result = try await pool.withConnection { connection in
            try await connection.run { connection in try transaction.run(on: connection) }
        }
        metrics.transactions.increment()
        metrics.batches.increment(by: batches.count)
        metrics.batchSize.record(Double(transaction.operations.count))
        metrics.transactionSeconds.record((clock.now - start) / .seconds(1))
        await tell(result, of: transaction.table)
    }

    /// The cache is invalidated before anybody can learn that an operation is completed.
    private func tell(_ result: BatchTransaction.Result, of table: LoadedTable) async {
        let name = table.descriptor.name
        let completed = result.statuses.count { $0.state == .completed }
        metrics.ended(table: name, completed: completed, failed: result.statuses.count - completed)
        guard !result.statuses.isEmpty else { return }
        var stale: Set<String> = completed > 0 ? [name] : []
        for kind in result.kinds { stale.formUnion(table.descriptor.invalidates[kind] ?? []) }
        let isInvalidated = await invalidator.invalidate(tables: stale, statuses: result.statuses)
        // Only what was invalidated is named: change events of it are left out then.
        let done = DoneMessage(
            table: name, transactionID: isInvalidated ? result.transactionID : nil, operations: result.statuses)
        nats.publish([NATSMessage(subject: Subject.done(table: name), payload: done.encoded())])
    }
}
