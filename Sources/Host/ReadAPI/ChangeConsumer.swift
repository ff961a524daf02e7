// Invalidates by change data capture.
import Cache
import JetStream
import Logging
import Operations
import ServiceLifecycle
import Streams
import Telemetry

/// Takes change events from JetStream, with the durable consumer `cache-invalidator` of which each replica has a share,
/// and acknowledges them once the cache is invalidated. While Redis is away it keeps trying; the events wait.
struct ChangeConsumer: Service {
    let jetStream: JetStream
    let invalidator: CacheInvalidator
    let announced: AnnouncedTransactions
    let malformed: MetricCounter
    let logger: Logger

    private static let maximumBatch = 1_000

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await consume()
                } catch is CancellationError {
                    return
                } catch {
                    logger.debug("change events can't be read", metadata: [LogKey.error: "\(error)"])
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
    }

    private func consume() async throws {
        _ = try await jetStream.ensureConsumer(HostStreams.cacheInvalidator)
        let subscription = try jetStream.pull(stream: StreamName.changes, consumer: HostStreams.cacheInvalidator.name)
        defer { for delivery in subscription.stop() { delivery.reject() } }
        while true {
            let deliveries = try await subscription.next(max: Self.maximumBatch)
            try await invalidate(tables(deliveries))
            jetStream.acknowledgeAll(deliveries)
        }
    }

    private func tables(_ deliveries: [Delivery]) -> Set<String> {
        var tables: Set<String> = []
        for delivery in deliveries {
            switch ChangeEvent(subject: delivery.message.subject, payload: delivery.message.payload) {
            case .changed(let table, let transaction?) where announced.covers(table: table, transaction: transaction):
                break
            case .changed(let table, _): tables.insert(table)
            case .ignored: break
            case .malformed(let table):
                malformed.increment()
                if let table { tables.insert(table) }
            }
        }
        return tables
    }

    private func invalidate(_ tables: Set<String>) async throws {
        guard !tables.isEmpty else { return }
        while await !invalidator.invalidate(tables: tables) { try await Task.sleep(for: .milliseconds(200)) }
    }
}
