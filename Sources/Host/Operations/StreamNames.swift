// The names that hosts and operators meet in NATS. They are the old system's where that had one.

/// JetStream streams.
package enum StreamName {
    package static let writes = "WRITES"
    package static let deadLetters = "WRITES_DLQ"
    package static let changes = "DebeziumStream"
}

/// JetStream key-value buckets.
package enum BucketName {
    /// What every host runs.
    package static let hosts = "jspg_hosts"
    /// Where the process that captures changes stands.
    package static let capture = "jspg_cdc"
}

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

/// Headers of messages on `writes.>`.
package enum MessageHeader {
    /// The operation id: JetStream stores one message of an id inside its duplicate window.
    package static let messageID = "Nats-Msg-Id"
    /// SHA-256 of the request, 64 hexadecimal digits.
    package static let fingerprint = "Jspg-Fingerprint"
    package static let principal = "Jspg-Principal"
    /// W3C Trace Context.
    package static let traceparent = "traceparent"
    /// Of a dead letter: why it is there.
    package static let deadLetterReason = "Jspg-Dead-Letter-Reason"
    /// Of a dead letter: the subject it was stored on.
    package static let originalSubject = "Jspg-Original-Subject"
    /// Of a dead letter: the sequence it was stored under.
    package static let originalSequence = "Jspg-Original-Sequence"
    /// Of a dead letter: its `Nats-Msg-Id` before.
    package static let originalMessageID = "Jspg-Original-Message-Id"
    /// Of a dead letter whose payload did not fit beside these headers: how many bytes it had.
    package static let droppedPayload = "Jspg-Dropped-Payload"
}
