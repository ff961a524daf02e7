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

    /// - Throws: what does not pass by itself, and `CancellationError` where the processor stops while a server is away.
    func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        var attempts = 0
        var hasMetOutage = false
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
                if attempts.isMultiple(of: 10) {
                    context.logger.warning(
                        "PostgreSQL cancelled a statement; it is tried again. Is statement_timeout too short?",
                        metadata: [LogKey.error: "\(error.safeDescription)"])
                }
                try await pause(attempts)
            } catch let error as PostgresError where error.isTransient {
                // At once the first times, then later and later: the other transaction may be long.
                if attempts >= 3 { try await pause(attempts) }
            } catch let error as JetStreamError where error.passesByItself {
                try await pause(attempts)
            }
            context.metrics.retries.increment()
            attempts += 1
        }
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
