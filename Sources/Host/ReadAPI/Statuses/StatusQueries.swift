// Statuses from PostgreSQL.
import Cache
import OperationRecords
import Operations
import Postgres

/// Looks up operations in `write_operations`. All that wait at the same time are one query.
actor StatusQueries {
    struct Row: Sendable {
        let status: OperationStatus
        let endedAt: Timestamp
    }

    /// Asks the database for many.
    typealias LookUp = @Sendable ([OperationID]) async throws -> [OperationID: Row]

    private enum Turn: Sendable {
        case answer(Result<Row?, any Error>)
        /// Run the query for these, on behalf of everybody.
        case lead(Coalescer<OperationID, Waiter>.Batch)
    }

    private typealias Waiter = CheckedContinuation<Turn, Never>

    private let lookUp: LookUp
    private var coalescer = Coalescer<OperationID, Waiter>(limit: 1_000)

    init(lookUp: @escaping LookUp) {
        self.lookUp = lookUp
    }

    init(pool: PostgresPool) {
        self.init { ids in try await StatusQueries.rows(ids, in: pool) }
    }

    /// The row of an operation that has ended; `nil` where there is none.
    func row(_ operationID: OperationID) async throws -> Row? {
        let turn = await withCheckedContinuation { continuation in
            if let batch = coalescer.add(operationID, continuation) { lead(batch) }
        }
        switch turn {
        case .answer(let result): return try result.get()
        case .lead(let batch):
            // In a task of its own: a client that is gone must not cost the others their answer.
            return try await Task { await run(batch, for: operationID) }.value.get()
        }
    }

    /// Gives the query to one of those who wait for it.
    private func lead(_ batch: Coalescer<OperationID, Waiter>.Batch) {
        var rest = batch
        guard let id = batch.keys.first, let leader = rest[id]?.popLast() else { return }
        leader.resume(returning: .lead(rest))
    }

    private func run(
        _ batch: Coalescer<OperationID, Waiter>.Batch, for operationID: OperationID
    ) async -> Result<Row?, any Error> {
        let result: Result<[OperationID: Row], any Error>
        do {
            result = .success(try await lookUp(Array(batch.keys)))
        } catch {
            result = .failure(error)
        }
        for (id, waiters) in batch {
            for waiter in waiters { waiter.resume(returning: .answer(result.map { $0[id] })) }
        }
        if let next = coalescer.finished() { lead(next) }
        return result.map { $0[operationID] }
    }

    private static func rows(_ ids: [OperationID], in pool: PostgresPool) async throws -> [OperationID: Row] {
        let lookUp = RecordedOperations.lookUp(ids)
        let rows = try await pool.query(lookUp.sql, lookUp.parameters)
        return RecordedOperations.statuses(rows).compactMapValues { status in
            status.endedAt.map { Row(status: status, endedAt: Timestamp(rfc3339: $0) ?? .now()) }
        }
    }
}
