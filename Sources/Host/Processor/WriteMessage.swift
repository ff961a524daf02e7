// A message on `writes.>` as a worker handles it.
import JetStream
import Operations

/// What a delivery and a message read from the stream have in common.
struct WriteMessage: Sendable {
    let subject: String
    let streamSequence: UInt64
    let headers: NATSHeaders
    let payload: [UInt8]
    /// What the payload says: decoded once, however often the message is tried.
    let envelope: Result<Envelope, EnvelopeError>

    init(_ delivery: Delivery) {
        self.init(
            subject: delivery.message.subject, streamSequence: delivery.streamSequence,
            headers: delivery.message.headers, payload: delivery.message.payload)
    }

    init(_ stored: StoredMessage) {
        self.init(
            subject: stored.subject, streamSequence: stored.sequence, headers: stored.headers,
            payload: stored.payload)
    }

    private init(subject: String, streamSequence: UInt64, headers: NATSHeaders, payload: [UInt8]) {
        self.subject = subject
        self.streamSequence = streamSequence
        self.headers = headers
        self.payload = payload
        envelope = Result { () throws(EnvelopeError) in try Envelope(decoding: payload) }
    }

    /// The operation, where the message says it without a look at its body.
    var operationID: OperationID? { headers[MessageHeader.messageID].flatMap { OperationID($0) } }

    /// The request that the write came from; absent in messages of the old system.
    var fingerprint: Fingerprint? {
        headers[MessageHeader.fingerprint].flatMap(Fingerprint.init(hexadecimal:))
    }
}
