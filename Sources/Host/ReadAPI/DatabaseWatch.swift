// Whether PostgreSQL answers, and which transactions it shows.
import Postgres
import ServiceLifecycle
import Synchronization

/// Asks once a second. Health checks come from several sides, and must not cost a connection each.
final class DatabaseWatch: Service {
    private struct Answer {
        var isThere = true
        var at = ContinuousClock.now
    }

    private static let interval = Duration.seconds(1)
    /// A question that has had no answer for this long has none.
    private static let patience = Duration.seconds(3)

    private let pool: PostgresPool
    private let last = Mutex(Answer())

    /// - Parameter pool: not the one that reads take their connections from, which all of them may be waiting for.
    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// As of the last few seconds.
    var isAnswering: Bool {
        last.withLock { $0.isThere && ContinuousClock.now - $0.at < Self.patience }
    }

    /// Which transactions are over; `nil` where PostgreSQL does not answer.
    func snapshot() async -> TransactionSnapshot? {
        guard isAnswering else { return nil }
        let rows = try? await pool.query("SELECT pg_current_snapshot()::text")
        return rows?.string(0, 0).flatMap { TransactionSnapshot($0) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let isThere = await self.ask()
                self.last.withLock { $0 = Answer(isThere: isThere) }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func ask() async -> Bool {
        do {
            return try await pool.query("SELECT 1").count == 1
        } catch {
            // A watch that ends says nothing.
            return Task.isCancelled
        }
    }
}
