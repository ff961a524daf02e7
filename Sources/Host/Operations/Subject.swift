// The subjects that hosts and operators meet in NATS. They are the old system's where that had one.

/// Subjects, and the durable consumers on them.
package enum Subject {
    package static let allWrites = "writes.>"
    package static let allDeadLetters = "writes-dlq.>"
    package static let allChanges = "cdc.>"
    /// Core NATS request: a read-api that can't reach Redis asks another to invalidate.
    package static let invalidate = "jspg.invalidate"
    /// Core NATS request, to the read APIs: the body is an operation's id; the answer is a `DoneMessage` where the operation
    /// has ended, and empty where it has not.
    package static let ended = "jspg.ended"
    /// Core NATS message, each second: `{"lagMs":0}` from the process that captures changes.
    package static let captureHeartbeat = "jspg.cdc"
    package static let allDone = "jspg.done.*"
    /// Core NATS message, from a read-api that has invalidated for captured changes: `{"tables":["items"]}`.
    package static let changed = "jspg.changed"

    /// Where the writes of one partition go; `Partition.plainSubject` is what the old gateway publishes to.
    package static func writes(table: String, partition: Int) -> String {
        partition == Partition.plainSubject ? "writes.\(table)" : "writes.\(table).\(partition)"
    }

    package static func deadLetters(table: String) -> String { "writes-dlq.\(table)" }

    package static func done(table: String) -> String { "jspg.done.\(table)" }

    /// Where the change events of a table come by, whatever its schema.
    package static func changes(table: String) -> String { "cdc.*.\(table)" }

    /// The durable pull consumer of one partition.
    package static func writer(table: String, partition: Int) -> String {
        partition == Partition.plainSubject ? "\(table)-writer" : "\(table)-writer-\(partition)"
    }
}
