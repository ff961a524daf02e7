// Whether PostgreSQL answers, without asking for each health check.
import Postgres
import ServiceLifecycle
import Synchronization

/// Asks once a second. Health checks come from several sides, and must not cost a connection each.
final class DatabaseWatch: Service {
    private static let interval = Duration.seconds(1)

    private let pool: PostgresPool
    private let answers = Atomic(true)

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// As of a second ago.
    var isAnswering: Bool { answers.load(ordering: .relaxed) }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.answers.store(await self.ask(), ordering: .relaxed)
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
