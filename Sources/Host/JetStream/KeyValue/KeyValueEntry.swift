// One revision of a key.

/// What a bucket has, or had, under a key.
package struct KeyValueEntry: Sendable, Hashable {
    package enum Operation: Sendable, Hashable {
        case put
        /// Deleted by a client.
        case delete
        /// Deleted with its history by a client.
        case purge
        /// Gone because its time to live passed, or for another limit.
        case expire
    }

    package let key: String
    /// Empty unless `operation` is `put`.
    package let value: [UInt8]
    /// Grows with each change in the bucket.
    package let revision: UInt64
    package let operation: Operation

    init?(subject: String, revision: UInt64, headers: NATSHeaders, payload: [UInt8], prefix: String) {
        guard subject.utf8.count > prefix.utf8.count, subject.hasPrefix(prefix) else { return nil }
        key = String(subject.utf8.dropFirst(prefix.utf8.count)) ?? ""
        self.revision = revision
        operation =
            switch headers["KV-Operation"] {
            case "DEL": .delete
            case "PURGE": .purge
            default:
                switch headers["Nats-Marker-Reason"] {
                case nil: .put
                case "Purge": .purge
                case "Remove": .delete
                default: .expire
                }
            }
        value = operation == .put ? payload : []
    }

    init?(_ message: StoredMessage, prefix: String) {
        self.init(
            subject: message.subject, revision: message.sequence, headers: message.headers, payload: message.payload,
            prefix: prefix)
    }
}
