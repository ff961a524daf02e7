// From frames of the replication slot to messages: pure.
import JetStream
import Operations

/// What was received and is not stored yet.
struct Capture {
    var position: StoredPosition
    var messages: [NATSMessage] = []
    /// Everything before it was received.
    var serverEnd: LogSequenceNumber?
    private let publication: String
    private var writer: ChangeWriter
    private var transaction = LogSequenceNumber(0)
    private var number = 0
    private var time: Int64 = 0
    private var firstTime: Int64 = 0

    init(position: StoredPosition, publication: String, maximumEventBytes: Int) {
        self.position = position
        self.publication = publication
        writer = ChangeWriter(maximumBytes: maximumEventBytes)
    }

    /// Commit time of the first transaction in `messages`, microseconds since 1970; `nil` where there is no message.
    var oldestTime: Int64? { messages.isEmpty ? nil : firstTime }

    /// Whether everything is stored that the server had when it last said so.
    var isCaughtUp: Bool { messages.isEmpty && serverEnd != nil }

    /// - Throws: `PublicationDecoder.Malformed`, `ChangeWriter.UnknownRelation`.
    mutating func take(_ bytes: [UInt8]) throws {
        let message = try PublicationDecoder.decode(bytes)
        switch message {
        case .begin(let commit, let time, _):
            (transaction, number, self.time) = (commit, 0, time)
            serverEnd = nil
        case .commit(let end):
            position.committed(end: end)
        default: break
        }
        for event in try writer.events(for: message) {
            if messages.isEmpty { firstTime = time }
            var headers = NATSHeaders()
            // The same after a restart: JetStream stores it once. Another publication counts other changes.
            headers.append(MessageHeader.messageID, "\(publication)-\(transaction)-\(number)")
            messages.append(NATSMessage(subject: event.subject, headers: headers, payload: event.payload))
            position.received()
            number += 1
        }
    }
}
