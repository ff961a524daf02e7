// From frames of the replication slot to messages: pure.
import JetStream
import Operations

/// What was received and is not stored yet.
struct Capture {
    var position: ConfirmablePosition
    var messages: [NATSMessage] = []
    /// For `takeChanges`: rows, whatever they are told by.
    private var changes = 0
    /// Everything before it was received.
    var serverEnd: LogSequenceNumber?
    private let publication: String
    private let detail: EventDetail
    private var writer: ChangeWriter
    private var transaction = LogSequenceNumber(0)
    private var number = 0
    private var time: Int64 = 0
    private var firstTime: Int64 = 0
    /// Relations that the transaction has changed and that are told when it ends; only for `EventDetail.tables`.
    private var changed: [UInt32] = []

    init(position: ConfirmablePosition, publication: String, detail: EventDetail, maximumEventBytes: Int) {
        self.position = position
        self.publication = publication
        self.detail = detail
        writer = ChangeWriter(maximumBytes: maximumEventBytes)
    }

    /// Commit time of the first transaction that is not stored, microseconds since 1970; `nil` where there is nothing to store.
    var oldestTime: Int64? {
        if !messages.isEmpty { return firstTime }
        return changed.isEmpty ? nil : time
    }

    /// Whether everything is stored that the server had when it last said so.
    var isCaughtUp: Bool { messages.isEmpty && changed.isEmpty && serverEnd != nil }

    /// - Throws: `PublicationDecoder.Malformed`, `ChangeWriter.UnknownRelation`.
    mutating func take(_ bytes: [UInt8]) throws {
        let message = try PublicationDecoder.decode(bytes, withRows: detail == .rows)
        switch message {
        case .begin(let commit, let time, _):
            (transaction, number, self.time) = (commit, 0, time)
            serverEnd = nil
        case .insert(let relation, _), .update(let relation, _, _), .delete(let relation, _):
            changes += 1
            guard detail == .tables else { break }
            if changed.last != relation, !changed.contains(relation) { changed.append(relation) }
            return
        case .commit(let end):
            for relation in changed { append(try writer.change(of: relation)) }
            changed.removeAll(keepingCapacity: true)
            return position.committed(end: end)
        default: break
        }
        for event in try writer.events(for: message) { append(event) }
    }

    /// How many rows were changed since this was last asked.
    mutating func takeChanges() -> Int {
        defer { changes = 0 }
        return changes
    }

    private mutating func append(_ event: ChangeWriter.Event) {
        if messages.isEmpty { firstTime = time }
        var headers = NATSHeaders()
        // The same after a restart: JetStream stores it once. Another publication, or other detail, counts other events.
        let name = detail == .rows ? "\(number)" : "table-\(number)"
        headers.append(MessageHeader.messageID, "\(publication)-\(transaction)-\(name)")
        messages.append(NATSMessage(subject: event.subject, headers: headers, payload: event.payload))
        position.received()
        number += 1
    }
}
