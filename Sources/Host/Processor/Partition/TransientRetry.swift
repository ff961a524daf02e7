// What a worker does about failures that pass by themselves.
import JetStream
import Logging
import Postgres
import Telemetry

/// Repeats work in place while PostgreSQL or NATS is away, or two transactions got in each other's way. Deliveries stay
/// in hand; none is spent.
struct TransientRetry: Sendable {
    let context: ProcessorContext
    let signal: WorkerSignal
    /// Called when a lock in PostgreSQL, or a limit for statements, holds the work up, until it has succeeded once. What it
    /// throws is passed over: it is about an attempt that is not to be counted, no more.
    var whenHeldUp: @Sendable () async throws -> Void = {}

    /// How often another transaction may get in the way before it counts as holding up.
    private static let quickAttempts = 3

    /// - Throws: what does not pass by itself, and `CancellationError` where the processor stops while a server is away.
    func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        var attempts = 0
        var hasMetOutage = false
        var isHeldUp = false
        while true {
            do {
                let value = try await body()
                if hasMetOutage { context.availability.reportRecovery() }
                return value
            } catch let error as PostgresError where error.isUnavailable || error.isRefusedConnection {
                hasMetOutage = true
                context.availability.reportUnavailable(error)
                try stopIfAsked()
                // The probe only reads, which a server whose disk is full still lets it do.
                if attempts > 0 { try await pause(attempts) }
                try await context.availability.waitUntilAvailable()
            } catch let error as PostgresError where error.kind == .cancelled && !Task.isCancelled {
                // Not by us: the database has a limit for statements. What holds this one up may pass.
                await noteHeldUp(&isHeldUp)
                if attempts.isMultiple(of: 10) {
                    context.logger.warning(
                        "PostgreSQL cancelled a statement; it is tried again. Is statement_timeout too short?",
                        metadata: [LogKey.error: "\(error)"])
                }
                try await pause(attempts)
            } catch let error as PostgresError where error.isTransient {
                // At once the first times, then later and later: the other transaction may be long.
                // lock_not_available: it has waited already.
                if attempts >= Self.quickAttempts || error.sqlState == "55P03" { await noteHeldUp(&isHeldUp) }
                if attempts >= Self.quickAttempts { try await pause(attempts) }
            } catch let error as JetStreamError where error.passesByItself {
                if attempts > 0, attempts.isMultiple(of: 10) {
                    context.logger.warning(
                        "JetStream does not do what a partition's worker needs; it is tried again",
                        metadata: [LogKey.error: "\(error)", LogKey.count: "\(attempts)"])
                }
                try await pause(attempts)
            }
            context.metrics.retries.increment()
            attempts += 1
        }
    }

    private func noteHeldUp(_ isHeldUp: inout Bool) async {
        // It changes a row that those who are held up, too, may have locked.
        if !isHeldUp { isHeldUp = (try? await whenHeldUp()) != nil }
    }

    private func pause(_ attempts: Int) async throws {
        try stopIfAsked()
        let delay = min(Duration.milliseconds(20) * (1 << min(attempts, 7)), .seconds(2))
        try await Task.sleep(for: delay * Double.random(in: 0.5...1))
    }

    private func stopIfAsked() throws {
        if signal.isStopped { throw CancellationError() }
    }
}

extension JetStreamError {
    /// Whether the same request may succeed a moment later: the server is away, restarting or overloaded.
    fileprivate var passesByItself: Bool {
        switch kind {
        case .resourcesExceeded, .noResponders, .unavailable, .notConnected, .connectionLost, .timeout, .streamFull:
            true
        default: false
        }
    }
}
