// Tells the world how operations ended.
import Cache
import JetStream
import Operations

/// Invalidates the cache, stores the statuses, and publishes the done message, in this order: the cache is invalidated
/// before anybody can learn that an operation is completed. Where that failed, the message says so, and who hears it has
/// a read API see to it. Any thread.
struct OperationAnnouncer: Sendable {
    let nats: NATSConnection
    let invalidator: CacheInvalidator
    let metrics: ProcessorMetrics

    /// - Parameters:
    ///   - statuses: final; of operations on `table`.
    ///   - stale: the tables whose rows they have changed.
    ///   - transactionID: in which that happened: change events of it are left out once `stale` is invalidated.
    func announce(
        _ statuses: [OperationStatus], of table: String, stale: Set<String>, transactionID: String?
    ) async {
        let completed = statuses.count { $0.state == .completed }
        metrics.ended(table: table, completed: completed, failed: statuses.count - completed)
        guard !statuses.isEmpty else { return }
        let encoded = statuses.map(EncodedStatus.init)
        let isInvalidated = await invalidator.invalidate(tables: stale, statuses: encoded)
        let messages = Self.parts(of: encoded, maximumBytes: nats.maximumPayload / 2).map { part in
            NATSMessage(
                subject: Subject.done(table: table),
                payload: DoneMessage.encoded(
                    table: table, transactionID: isInvalidated ? transactionID : nil,
                    isInvalidated: isInvalidated || stale.isEmpty, operations: Array(part),
                    furtherTables: stale.subtracting([table])))
        }
        nats.publish(messages)
    }

    /// Cuts statuses into parts that fit into a message; one that is larger by itself is a part of its own.
    static func parts(of statuses: [EncodedStatus], maximumBytes: Int) -> [ArraySlice<EncodedStatus>] {
        var parts: [ArraySlice<EncodedStatus>] = []
        var (start, bytes) = (0, 0)
        for (position, status) in statuses.enumerated() {
            if position > start, bytes + status.bytes.count > maximumBytes {
                parts.append(statuses[start..<position])
                (start, bytes) = (position, 0)
            }
            bytes += status.bytes.count
        }
        if start < statuses.count { parts.append(statuses[start...]) }
        return parts
    }
}
