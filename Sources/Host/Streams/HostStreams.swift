// What the hosts keep in JetStream.
package import JetStream
import Operations

/// The streams and consumers of the write path. Every host that needs one ensures it; that is idempotent and refuses,
/// saying what differs, where an existing one can't serve.
package enum HostStreams {
    /// The stream of accepted writes.
    ///
    /// Nothing undecided is ever deleted, however long PostgreSQL is away: so there is no age limit, and a full stream
    /// refuses new messages (503 at the gateway). The processor makes room; see `StreamTrim`.
    ///
    /// - Parameter maximumBytes: the size at which it is full.
    package static func writes(maximumBytes: Int, replicas: Int) -> StreamConfiguration {
        var stream = StreamConfiguration(name: StreamName.writes, subjects: [Subject.allWrites])
        stream.discard = .new
        stream.maxBytes = Int64(maximumBytes)
        stream.duplicateWindow = duplicateWindow
        // Nine for each table.
        stream.maxConsumers = 100_000
        stream.replicas = replicas
        stream.allowAtomicPublish = true
        return stream
    }

    /// The stream of messages that no processor can apply, for an operator to look at.
    package static func deadLetters(replicas: Int) -> StreamConfiguration {
        var stream = StreamConfiguration(name: StreamName.deadLetters, subjects: [Subject.allDeadLetters])
        stream.replicas = replicas
        return stream
    }

    /// The stream of change events; Debezium Server makes the same one where it is used.
    ///
    /// - Parameter maximumBytes: the size from which on the oldest give way, so that changes never take the room of writes.
    package static func changes(maximumBytes: Int, replicas: Int) -> StreamConfiguration {
        var stream = StreamConfiguration(name: StreamName.changes, subjects: [Subject.allChanges])
        // An event is of use until the entries that it makes stale have expired by themselves.
        stream.maxAge = .seconds(24 * 3_600)
        stream.maxBytes = Int64(maximumBytes)
        stream.replicas = replicas
        stream.allowAtomicPublish = true
        return stream
    }

    /// The read-apis' share of the change events.
    package static var cacheInvalidator: ConsumerConfiguration {
        var consumer = ConsumerConfiguration(
            stream: StreamName.changes, name: "cache-invalidator", filterSubject: Subject.allChanges)
        consumer.deliverPolicy = .new
        consumer.maxAcknowledgePending = 4_000
        return consumer
    }

    /// The consumer of one partition of a table.
    package static func writer(table: String, partition: Int) -> ConsumerConfiguration {
        var consumer = ConsumerConfiguration(
            stream: StreamName.writes, name: Subject.writer(table: table, partition: partition),
            filterSubject: Subject.writes(table: table, partition: partition))
        // Whether a message is hopeless is decided by what was tried, not by how often it was on its way: with a limit the
        // server would count messages as done that nobody has looked at yet.
        consumer.maxDeliver = -1
        consumer.acknowledgeWait = .seconds(30)
        consumer.maxAcknowledgePending = 4_000
        // Processors of the old system, which share the plain subject, promise nothing of what follows, and ask as members
        // of no group.
        if partition != Partition.plainSubject {
            // Whoever acknowledges a message has decided all before it (docs/ordering.md), so one acknowledgement says it of
            // a batch.
            consumer.acknowledgePolicy = .all
            consumer.pinnedClient = pinnedClient
        }
        return consumer
    }

    /// How long JetStream remembers an operation id.
    package static let duplicateWindow: Duration = .seconds(120)

    /// One processor works a partition at a time. That only saves work; order never rests on it.
    package static let pinnedClient = ConsumerConfiguration.PinnedClient(group: "w", timeout: .seconds(4))
}
