// Messages that no processor can apply.
import JetStream
import Operations

/// Puts messages into the dead-letter stream, each once.
struct DeadLetterPublisher: Sendable {
    let jetStream: JetStream

    /// Stores a copy of the message with the reason, and returns once JetStream has confirmed it.
    ///
    /// The dead letter's own id is the message's stream sequence, so that a second attempt stores nothing more. Other
    /// headers of NATS' own stay behind: what a message of an atomic batch has of these the server refuses here.
    func store(_ message: WriteMessage, table: String, reason: String) async throws(JetStreamError) {
        var headers = NATSHeaders()
        for field in message.headers.fields where !field.isReserved {
            headers.append(field.name, field.value)
        }
        headers.append(MessageHeader.messageID, "\(StreamName.writes)-\(message.streamSequence)")
        if let id = message.headers[MessageHeader.messageID] {
            headers.append(MessageHeader.originalMessageID, id)
        }
        headers.append(MessageHeader.originalSubject, message.subject)
        headers.append(MessageHeader.originalSequence, String(message.streamSequence))
        headers.append(MessageHeader.deadLetterReason, Self.headerValue(reason))
        do throws(JetStreamError) {
            try await jetStream.publish(
                Subject.deadLetters(table: table), headers: headers, payload: message.payload)
        } catch {
            guard error.kind == .messageTooLarge else { throw error }
            // With these headers it is larger than NATS allows.
            headers.append(MessageHeader.droppedPayload, String(message.payload.count))
            try await jetStream.publish(Subject.deadLetters(table: table), headers: headers, payload: [])
        }
    }

    /// A header's value is one line.
    private static func headerValue(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
