// Tells of captured changes, again where PostgreSQL does not show them yet.
import Cache
import JetStream
import Operations
import Postgres
import ServiceLifecycle
import Synchronization

/// Invalidates the tables that captured changes are of, and tells every replica. Any thread.
///
/// Its service tells the rest once it is seen (`UnseenChanges`). What is lost where the process ends before, the cache's
/// time to live makes up for.
final class CapturedChanges: Service {
    /// Between two looks at what is not seen yet, each time twice as long.
    private static let pauses = Duration.milliseconds(2)...Duration.milliseconds(500)

    private let invalidator: CacheInvalidator
    private let nats: NATSConnection
    private let database: DatabaseWatch
    private let unseen = Mutex(UnseenChanges())
    private let (wakeUps, wakeUp) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(invalidator: CacheInvalidator, nats: NATSConnection, database: DatabaseWatch) {
        self.invalidator = invalidator
        self.nats = nats
        self.database = database
    }

    /// Returns once the tables are invalidated; while Redis is away it keeps trying.
    ///
    /// - Parameters:
    ///   - tables: all that are to be invalidated.
    ///   - changes: those of transactions that may not be seen yet.
    /// - Throws: `CancellationError`.
    func tell(_ tables: Set<String>, changes: [(table: String, transaction: UInt32)] = []) async throws {
        let snapshot = changes.isEmpty ? nil : await database.snapshot()
        try await invalidate(tables)
        let isLeft = unseen.withLock { unseen in
            unseen.told(changes, seenBy: snapshot, at: .now)
            return !unseen.isEmpty
        }
        if isLeft { wakeUp.yield() }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in self.wakeUps {
                do { try await self.tellUnseen() } catch { return }
            }
        }
    }

    private func tellUnseen() async throws {
        var pause = Self.pauses.lowerBound
        while !unseen.withLock(\.isEmpty) {
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.pauses.upperBound)
            guard let snapshot = await database.snapshot() else { continue }
            try await invalidate(unseen.withLock { $0.takeSeen(by: snapshot, at: .now) })
        }
    }

    private func invalidate(_ tables: Set<String>) async throws {
        guard !tables.isEmpty else { return }
        while await !invalidator.invalidate(tables: tables) { try await Task.sleep(for: .milliseconds(200)) }
        nats.publish([NATSMessage(subject: Subject.changed, payload: StaleTables(tables: tables).encoded())])
    }
}
