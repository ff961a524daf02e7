// A message that a consumer delivered, to be acknowledged.

/// A delivered message. The methods that settle it queue a message and return at once; nobody is told whether the server
/// has it. Where it has not, the message comes again after the consumer's `acknowledgeWait`.
package struct Delivery: Sendable {
    private let received: ReceivedMessage
    /// Where it is acknowledged.
    private let reply: String
    package let metadata: DeliveryMetadata
    let connection: NATSConnection

    package var subject: String { received.subject }
    /// A copy.
    package var payload: [UInt8] { received.payload }
    var payloadBytes: Int { received.payloadBytes }
    /// Read by the first who asks, which costs more than all the rest.
    package var headers: NATSHeaders { received.headers }
    /// Under which pin it came; `nil` where the consumer pins no client. Read from the headers.
    package var pin: String? { Self.pin(in: headers) }

    package var streamSequence: UInt64 { metadata.streamSequence }
    package var consumerSequence: UInt64 { metadata.consumerSequence }
    package var deliveries: UInt64 { metadata.deliveries }
    package var pending: UInt64 { metadata.pending }

    /// `nil` if the message is not a delivery.
    init?(_ received: ReceivedMessage, connection: NATSConnection) {
        guard let reply = received.reply, let metadata = DeliveryMetadata(replySubject: reply) else { return nil }
        self.received = received
        self.reply = reply
        self.metadata = metadata
        self.connection = connection
    }

    /// The message is dealt with.
    package func acknowledge() {
        connection.publish([answer(Self.acknowledgement)])
    }

    /// Still at it: `acknowledgeWait` begins anew.
    package func inProgress() {
        connection.publish([answer(Array("+WPI".utf8))])
    }

    /// Deliver the message again, at once.
    package func reject() {
        connection.publish([answer(Array("-NAK".utf8))])
    }

    func answer(_ payload: [UInt8]) -> NATSMessage {
        NATSMessage(subject: reply, payload: payload)
    }

    /// The server appends it to what the message has of its own.
    static func pin(in headers: NATSHeaders) -> String? { headers.values(of: "Nats-Pin-Id").last }

    static let acknowledgement = Array("+ACK".utf8)
}

extension JetStream {
    /// Acknowledges many messages of one consumer in one write, without waiting.
    ///
    /// - Parameter policy: the consumer's. With `all`, everything up to the last of them in the stream is acknowledged.
    package func acknowledge(
        _ deliveries: some Collection<Delivery>, policy: ConsumerConfiguration.AcknowledgePolicy = .explicit
    ) {
        guard policy == .all else {
            return connection.publish(deliveries.map { $0.answer(Delivery.acknowledgement) })
        }
        deliveries.max { $0.streamSequence < $1.streamSequence }?.acknowledge()
    }
}
