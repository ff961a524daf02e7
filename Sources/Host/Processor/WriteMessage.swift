// A message on `writes.>` as a worker handles it.
import JetStream
import Operations

/// What a delivery and a message read from the stream have in common.
struct WriteMessage: Sendable {
    let subject: String
    let streamSequence: UInt64
    let headers: NATSHeaders
    let payload: [UInt8]

    init(_ delivery: Delivery) {
        subject = delivery.message.subject
        streamSequence = delivery.streamSequence
        headers = delivery.message.headers
        payload = delivery.message.payload
    }

    init(_ stored: StoredMessage) {
        subject = stored.subject
        streamSequence = stored.sequence
        headers = stored.headers
        payload = stored.payload
    }

    /// The operation, where the message says it without a look at its body.
    var operationID: OperationID? { headers[MessageHeader.messageID].flatMap { OperationID($0) } }

    /// The request that the write came from; absent in messages of the old system.
    var fingerprint: Fingerprint? {
        headers[MessageHeader.fingerprint].flatMap(Fingerprint.init(hexadecimal:))
    }
}
