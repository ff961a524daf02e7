// Invalidates by change data capture.
import Cache
import JetStream
import Logging
import Operations
import ServiceLifecycle
import Streams
import Telemetry

/// Takes change events from JetStream, with the durable consumer `cache-invalidator` of which each replica has a share,
/// and acknowledges them once the cache is invalidated, which it tells every replica. While Redis is away it keeps trying;
/// the events wait.
struct ChangeConsumer: Service {
    let jetStream: JetStream
    let invalidator: CacheInvalidator
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
    /// How old an event is whose predecessors may have had to give way, in microseconds.
    private static let backlog: Int64 = 10_000_000
    /// Fine where it matters whether a reader notices.
    static let delayBounds = [
        0.001, 0.002_5, 0.005, 0.01, 0.015, 0.02, 0.025, 0.034, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
    ]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isAgain = false
            while !Task.isCancelled {
                do {
                    try await consume(isAgain: isAgain)
                } catch is CancellationError {
                    return
                } catch {
                    isAgain = true
                    logger.debug("change events can't be read", metadata: [LogKey.error: "\(error)"])
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
        if isAgain { try await invalidate(servedTables()) }
        while true {
            let deliveries = try await subscription.next(max: Self.maximumBatch)
            let changes = changes(in: deliveries)
            let tables = Set(changes.map(\.table))
            try await invalidate(await hasMissed(before: deliveries) ? tables.union(servedTables()) : tables)
            let now = Timestamp.now().microseconds
            for case let committed? in changes.map(\.committed) {
                delay.record(max(0, Double(now - committed * 1_000)) / 1e6)
            }
            jetStream.acknowledge(deliveries)
        }
    }

    /// Those that invalidate a table.
    private func changes(in deliveries: [Delivery]) -> [(table: String, committed: Int64?)] {
        var changes: [(table: String, committed: Int64?)] = []
        for delivery in deliveries {
            switch ChangeEvent(subject: delivery.subject, payload: delivery.payload) {
            case .changed(let table, let transaction?, _) where announced.covers(table: table, transaction: transaction):
                break
            case .changed(let table, _, let committed): changes.append((table, committed))
            case .ignored: break
            case .malformed(let table):
                malformed.increment()
                if let table { changes.append((table, nil)) }
            }
        }
        return changes
    }

    /// Whether events that nobody has seen may have been removed, for the stream is bounded: only where these have waited for
    /// long is it looked at.
    private func hasMissed(before deliveries: [Delivery]) async -> Bool {
        guard let first = deliveries.min(by: { $0.streamSequence < $1.streamSequence }),
            Timestamp.now().microseconds - first.metadata.storedAt / 1_000 > Self.backlog
        else { return false }
        guard let stream = try? await jetStream.streamInfo(StreamName.changes) else { return true }
        return Self.isCutOff(at: stream.firstSequence, before: first.streamSequence)
    }

    /// - Parameters:
    ///   - firstSequence: of the oldest event that is left.
    ///   - sequence: of the oldest event that is being looked at.
    static func isCutOff(at firstSequence: UInt64, before sequence: UInt64) -> Bool {
        firstSequence > 1 && sequence <= firstSequence
    }

    private func invalidate(_ tables: Set<String>) async throws {
        guard !tables.isEmpty else { return }
        while await !invalidator.invalidate(tables: tables) { try await Task.sleep(for: .milliseconds(200)) }
        jetStream.connection.publish([
            NATSMessage(subject: Subject.changed, payload: StaleTables(tables: tables).encoded())
        ])
    }
}
