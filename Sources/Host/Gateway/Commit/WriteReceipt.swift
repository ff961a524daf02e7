// The answer to a write that is stored.
import JSON
package import Operations

/// 202: what the client gets once JetStream has confirmed. A repeated request gets the same, byte for byte.
package struct WriteReceipt: Sendable, Equatable {
    package let operationID: OperationID
    package let entityID: String
    package let table: String
    package let partition: Int
    package let acceptedAt: String
    /// The stream sequence of the message; the status route tells progress by it.
    package let sequence: UInt64
    /// The first 64 bits of the request's fingerprint.
    package let fingerprint: String
    /// `Idempotency-Replayed`: an earlier request with this key stored the write.
    package var isReplayed: Bool

    /// - Parameters:
    ///   - acceptedAt: when the write that is stored was accepted, RFC 3339.
    ///   - isReplayed: whether an earlier request stored it.
    package init(_ write: WriteIdentity, acceptedAt: String, sequence: UInt64, isReplayed: Bool) {
        operationID = write.operationID
        entityID = write.entityID
        table = write.table
        partition = write.partition
        self.acceptedAt = acceptedAt
        self.sequence = sequence
        fingerprint = write.fingerprint.short
        self.isReplayed = isReplayed
    }

    /// The JSON body.
    package var body: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.member("status", "queued")
        writer.member("operationId", operationID.description)
        writer.member("entityId", entityID)
        writer.member("table", table)
        writer.member("acceptedAt", acceptedAt)
        writer.endObject()
        return writer.bytes
    }

    /// Where the read API tells how the operation goes.
    package var location: String {
        "/status/\(operationID)?seq=\(sequence)&table=\(table)&partition=\(partition)&fp=\(fingerprint)"
    }

    /// `Retry-After` in seconds: when it is worth asking for the status.
    package static let retryAfter = "1"
}
