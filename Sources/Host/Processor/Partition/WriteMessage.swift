// A message on `writes.>` as a worker handles it.
import JetStream
import Operations

/// What a delivery and a message read from the stream have in common.
struct WriteMessage: Sendable {
    private enum Source {
        case delivery(Delivery)
        case stored(StoredMessage)
    }

    private let source: Source
    let streamSequence: UInt64
    /// What the payload says: decoded once, however often the message is tried.
    let envelope: Result<Envelope, EnvelopeError>

    init(_ delivery: Delivery) {
        source = .delivery(delivery)
        streamSequence = delivery.streamSequence
        envelope = Self.envelope(in: delivery.payload)
    }

    init(_ stored: StoredMessage) {
        source = .stored(stored)
        streamSequence = stored.sequence
        envelope = Self.envelope(in: stored.payload)
    }

    private static func envelope(in payload: [UInt8]) -> Result<Envelope, EnvelopeError> {
        Result { () throws(EnvelopeError) in try Envelope(decoding: payload) }
    }

    var subject: String {
        switch source {
        case .delivery(let delivery): delivery.subject
        case .stored(let stored): stored.subject
        }
    }

    /// Not asked for where all is well: see `Delivery.headers`.
    var headers: NATSHeaders {
        switch source {
        case .delivery(let delivery): delivery.headers
        case .stored(let stored): stored.headers
        }
    }

    var payload: [UInt8] {
        switch source {
        case .delivery(let delivery): delivery.payload
        case .stored(let stored): stored.payload
        }
    }

    /// The operation, where the message says it without a look at its body.
    var operationID: OperationID? { headers[MessageHeader.messageID].flatMap { OperationID($0) } }

    /// The operation under which the message's end is recorded; `nil` where its bytes name none.
    var recordedID: OperationID? {
        switch envelope {
        case .success(let envelope): envelope.operationID
        case .failure(let error): error.operationID
        }
    }

    /// The request that the write came from; absent in messages of the old system.
    var fingerprint: Fingerprint? {
        if case .success(let envelope) = envelope, let fingerprint = envelope.fingerprint { return fingerprint }
        return headers[MessageHeader.fingerprint].flatMap(Fingerprint.init(hexadecimal:))
    }
}
