// The streams that hosts and operators meet in NATS. Their names are the old system's where that had one.

/// JetStream streams.
package enum StreamName {
    package static let writes = "WRITES"
    package static let deadLetters = "WRITES_DLQ"
    package static let changes = "DebeziumStream"
}
