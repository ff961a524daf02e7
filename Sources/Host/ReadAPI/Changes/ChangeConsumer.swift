// Invalidates by change data capture.
import JetStream
import Logging
import Operations
import ServiceLifecycle
import Streams
import Telemetry

/// Takes change events from JetStream, with the durable consumer `cache-invalidator` of which each replica has a share,
/// and acknowledges them once the cache is invalidated. While Redis is away the events wait.
struct ChangeConsumer: Service {
    let jetStream: JetStream
    let captured: CapturedChanges
    let announced: AnnouncedTransactions
    let malformed: MetricCounter
    /// From a change's commit to its invalidation.
    let delay: MetricHistogram
    /// Makes the stream where somebody has removed it.
    let ensureStream: @Sendable () async throws -> Void
    /// Those that are served.
    let servedTables: @Sendable () -> Set<String>
    let logger: Logger

    private static let maximumBatch = 1_000
    /// Between two looks at what the stream has lost.
    private static let lookInterval = Duration.seconds(1)
    /// Every so many failures one is a warning: a failure takes a second.
    private static let warningInterval = 60
    /// Fine where it matters whether a reader notices.
    static let delayBounds = [
        0.001, 0.002_5, 0.005, 0.01, 0.015, 0.02, 0.025, 0.034, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
    ]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                do {
                    try await consume(isAgain: failures > 0)
                } catch is CancellationError {
                    return
                } catch {
                    failures += 1
                    // The first few may be no more than a server that restarts; another consumer of that name stays one.
                    let isLasting = (error as? JetStreamError)?.kind == .cannotServe
                    logger.log(
                        level: failures % Self.warningInterval == (isLasting ? 1 : 5) ? .warning : .debug,
                        "change events can't be read; what others change shows after the cache's time to live",
                        metadata: [LogKey.error: "\(error)"])
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
    }

    private func consume(isAgain: Bool) async throws {
        do throws(JetStreamError) {
            _ = try await jetStream.ensureConsumer(HostStreams.cacheInvalidator)
        } catch {
            guard error.kind == .notFound else { throw error }
            try await ensureStream()
            _ = try await jetStream.ensureConsumer(HostStreams.cacheInvalidator)
        }
        let subscription = try jetStream.pull(stream: StreamName.changes, consumer: HostStreams.cacheInvalidator.name)
        defer { for delivery in subscription.stop() { delivery.reject() } }
        // The consumer may be another one, which begins with what is new, and so may the stream.
        if isAgain { try await captured.tell(servedTables()) }
        var lastLook: ContinuousClock.Instant?
        while true {
            let deliveries = try await subscription.next(max: Self.maximumBatch)
            let changes = changes(in: deliveries)
            var tables = Set(changes.map(\.table))
            if lastLook.map({ .now - $0 >= Self.lookInterval }) ?? true {
                lastLook = .now
                if await hasMissed(before: deliveries) { tables.formUnion(servedTables()) }
            }
            try await captured.tell(
                tables,
                changes: changes.compactMap { change in change.transaction.map { (change.table, $0) } })
            let now = Timestamp.now().microseconds
            for case let committed? in changes.map(\.committed) {
                delay.record(max(0, Double(now - committed * 1_000)) / 1e6)
            }
            jetStream.acknowledge(deliveries)
        }
    }

    /// Those that invalidate a table.
    private func changes(
        in deliveries: [Delivery]
    ) -> [(table: String, transaction: UInt32?, committed: Int64?)] {
        var changes: [(table: String, transaction: UInt32?, committed: Int64?)] = []
        for delivery in deliveries {
            switch ChangeEvent(subject: delivery.subject, payload: delivery.payload) {
            case .changed(let table, let transaction?, _) where announced.covers(table: table, transaction: transaction):
                break
            case .changed(let table, let transaction, let committed):
                let id = transaction.flatMap { UInt64($0) }.map { UInt32(truncatingIfNeeded: $0) }
                changes.append((table, id, committed))
            case .ignored: break
            case .malformed(let table):
                malformed.increment()
                if let table { changes.append((table, nil, nil)) }
            }
        }
        return changes
    }

    /// Whether events that nobody has seen may have been removed: the stream is bounded, and can be purged.
    private func hasMissed(before deliveries: [Delivery]) async -> Bool {
        guard let first = deliveries.min(by: { $0.streamSequence < $1.streamSequence }) else { return false }
        guard let stream = try? await jetStream.streamInfo(StreamName.changes) else { return true }
        return Self.isCutOff(at: stream.firstSequence, before: first.streamSequence)
    }

    /// - Parameters:
    ///   - firstSequence: of the oldest event that is left.
    ///   - sequence: of the oldest event that is being looked at.
    static func isCutOff(at firstSequence: UInt64, before sequence: UInt64) -> Bool {
        firstSequence > 1 && sequence <= firstSequence
    }
}
