// Messages that no processor can apply.
import JetStream
import Operations
import Synchronization
import Telemetry

/// Puts messages into the dead-letter stream, each once. Any task.
final class DeadLetterPublisher: Sendable {
    private let streams: ProcessorStreams
    private let count: MetricCounter
    private let stored = Mutex(RecentValues<String>(limit: 10_000))

    init(streams: ProcessorStreams, count: MetricCounter) {
        self.streams = streams
        self.count = count
    }

    private var jetStream: JetStream { streams.jetStream }

    /// Stores a copy of the message with the reason, and returns once JetStream has confirmed it.
    ///
    /// The dead letter's own id is when the stream of writes was made and the message's sequence in it, so that a second
    /// attempt stores nothing more, neither within JetStream's duplicate window nor, in this process, after it. Other
    /// headers of NATS' own stay behind: what a message of an atomic batch has of these the server refuses here.
    ///
    /// - Parameter stream: when the stream of writes was made.
    /// - Returns: false where it was stored before.
    /// - Throws: `noResponders` where the stream was gone; it is made anew, so that another attempt may succeed.
    @discardableResult
    func store(
        _ message: WriteMessage, of stream: String, table: String, reason: String
    ) async throws(JetStreamError) -> Bool {
        let id = "\(StreamName.writes)-\(stream)-\(message.streamSequence)"
        guard !stored.withLock({ $0.contains(id) }) else { return false }
        try await publish(message, id: id, table: table, reason: reason)
        guard stored.withLock({ $0.insert(id) }) else { return false }
        count.increment()
        return true
    }

    private func publish(
        _ message: WriteMessage, id: String, table: String, reason: String
    ) async throws(JetStreamError) {
        var headers = NATSHeaders()
        for field in message.headers.fields where !field.isReserved {
            headers.append(field.name, field.value)
        }
        headers.append(MessageHeader.messageID, id)
        if let id = message.headers[MessageHeader.messageID] {
            headers.append(MessageHeader.originalMessageID, id)
        }
        headers.append(MessageHeader.originalSubject, message.subject)
        headers.append(MessageHeader.originalSequence, String(message.streamSequence))
        headers.append(MessageHeader.deadLetterReason, Self.headerValue(reason))
        let subject = Subject.deadLetters(table: table)
        do throws(JetStreamError) {
            try await jetStream.publish(subject, headers: headers, payload: message.payload)
        } catch {
            switch error.kind {
            case .messageTooLarge:
                // With these headers it is larger than NATS allows.
                headers.append(MessageHeader.droppedPayload, String(message.payload.count))
                try await jetStream.publish(subject, headers: headers, payload: [])
            case .noResponders:
                // Somebody may have removed the stream: nothing behind the message is to wait for ever.
                try? await streams.ensure()
                throw error
            default: throw error
            }
        }
    }

    /// A header's value is one line.
    private static func headerValue(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
