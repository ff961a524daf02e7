// Whether PostgreSQL takes writes, known once for all workers.
import Logging
import Operations
import Postgres
import Synchronization
import Telemetry

/// While PostgreSQL is away (stopped, restarting, read-only, out of connections) every worker waits here, holding
/// what it has; nothing is fetched, nothing is spent. One probe at a time looks whether it is back.
final class DatabaseAvailability: Sendable {
    private struct State {
        var isAvailable = true
        var isProbing = false
        var isStopped = false
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
        var onRecovery: @Sendable () -> Void = {}
        /// When an outage was logged, while no work that met it has gone through since.
        var loggedAt: ContinuousClock.Instant?
    }

    /// An outage that goes on is logged again after this.
    private static let logInterval = Duration.seconds(60)

    private let state = Mutex(State())
    private let pool: PostgresPool
    private let logger: Logger

    init(pool: PostgresPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    var isAvailable: Bool { state.withLock(\.isAvailable) }

    /// - Parameter action: called each time that PostgreSQL takes writes again, by whoever has noticed it.
    func onRecovery(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.onRecovery = action }
    }

    /// A worker met an error that means PostgreSQL is away. Logged once for each outage; once a minute where PostgreSQL
    /// answers the probe and refuses the work, for example because its disk is full.
    func reportUnavailable(_ error: PostgresError) {
        let now = ContinuousClock.now
        let isNews = state.withLock { state in
            state.isAvailable = false
            if let loggedAt = state.loggedAt, now - loggedAt < Self.logInterval { return false }
            state.loggedAt = now
            return true
        }
        if isNews {
            logger.error(
                "PostgreSQL takes no writes; the processor waits and holds what it has",
                metadata: [LogKey.error: "\(error)"])
        }
    }

    /// Work that had met such an error has gone through.
    func reportRecovery() {
        let wasLogged = state.withLock { state in
            defer { state.loggedAt = nil }
            return state.loggedAt != nil
        }
        if wasLogged { logger.notice("PostgreSQL takes writes again") }
    }

    /// Returns at once while PostgreSQL is available. Otherwise the first caller probes, with backoff and jitter,
    /// and the others wait for it.
    ///
    /// - Throws: `CancellationError` when the task is cancelled, or after `stop()`.
    func waitUntilAvailable() async throws {
        while !isAvailable {
            try Task.checkCancellation()
            if state.withLock(\.isStopped) { throw CancellationError() }
            let isProber = state.withLock { state in
                guard !state.isAvailable, !state.isProbing else { return false }
                state.isProbing = true
                return true
            }
            if isProber {
                defer { stopProbing() }
                try await probeUntilAvailable()
            } else {
                await waitForProber()
            }
        }
    }

    private func probeUntilAvailable() async throws {
        var delay = Duration.milliseconds(50)
        while !state.withLock(\.isStopped) {
            if await isWritable() {
                let action = state.withLock { state in
                    state.isAvailable = true
                    return state.onRecovery
                }
                action()
                return
            }
            try await Task.sleep(for: delay * Double.random(in: 0.5...1))
            delay = min(delay * 2, .seconds(2))
        }
    }

    /// The processor ends: nobody waits for PostgreSQL any more.
    func stop() {
        let waiting = state.withLock { state in
            state.isStopped = true
            defer { state.waiting.removeAll() }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Asks PostgreSQL; false where it has not answered, or no connection was free, within `limit`.
    func isWritable(within limit: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.isWritable() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    private func isWritable() async -> Bool {
        do {
            // Read-only also means a standby that was not promoted yet.
            return try await pool.query("SELECT current_setting('transaction_read_only')").string(0, 0) == "off"
        } catch {
            return false
        }
    }

    private func stopProbing() {
        let waiting = state.withLock { state in
            state.isProbing = false
            defer { state.waiting.removeAll() }
            return state.waiting.values.map { $0 }
        }
        for continuation in waiting { continuation.resume() }
    }

    private func waitForProber() async {
        let ticket = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.isProbing, !Task.isCancelled else { return false }
                    state.waiting[ticket] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
        }
    }
}
