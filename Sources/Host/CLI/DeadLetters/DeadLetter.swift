// A message that no processor could apply.
import JSON
import JetStream
import Operations

/// A message of the dead-letter stream.
struct DeadLetter {
    /// In the dead-letter stream; what the commands call its number.
    let number: UInt64
    let table: String
    /// `nil` where the bytes name no operation.
    let operationID: OperationID?
    let reason: String
    /// RFC 3339 in UTC.
    let storedAt: String
    let message: StoredMessage

    init(_ message: StoredMessage) {
        number = message.sequence
        table = message.subject.split(separator: ".", maxSplits: 1).last.map(String.init) ?? ""
        operationID =
            Self.operationID(in: message.payload)
            ?? message.headers[MessageHeader.originalMessageID].flatMap { OperationID($0) }
        reason = message.headers[MessageHeader.deadLetterReason] ?? "unknown"
        storedAt = message.storedAt
        self.message = message
    }

    /// Under which its failure is recorded: also where nothing else in the bytes is as it should be.
    private static func operationID(in payload: [UInt8]) -> OperationID? {
        do throws(EnvelopeError) {
            return try Envelope(decoding: payload).operationID
        } catch {
            return error.operationID
        }
    }

    /// Its payload was too large to be kept, so that it can't be put back.
    var lacksPayload: Bool { message.headers[MessageHeader.droppedPayload] != nil }

    /// Where it came from, and goes back to.
    var originalSubject: String {
        message.headers[MessageHeader.originalSubject]
            ?? Subject.writes(table: table, partition: Partition.plainSubject)
    }

    /// Where it was in the stream of writes; `nil` where nobody has noted it.
    var originalSequence: UInt64? { message.headers[MessageHeader.originalSequence].flatMap { UInt64($0) } }

    /// The message as it is put back: its own headers without those of NATS, and an id of its own, since the operation's may
    /// still be in the duplicate window. The same dead letter put back twice is stored once.
    var replayed: NATSMessage {
        let added: Set<String> = [
            MessageHeader.originalMessageID, MessageHeader.originalSubject, MessageHeader.originalSequence,
            MessageHeader.deadLetterReason,
        ]
        var headers = NATSHeaders()
        for field in message.headers.fields where !added.contains(field.name) && !field.isReserved {
            headers.append(field.name, field.value)
        }
        headers.append(MessageHeader.messageID, "replay-\(number)")
        return NATSMessage(subject: originalSubject, headers: headers, payload: message.payload)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("number", Int64(clamping: number))
        writer.member("table", table)
        writer.member("operationId", operationID?.description)
        writer.member("reason", reason)
        writer.member("storedAt", storedAt)
        writer.member("bytes", message.payload.count)
        if lacksPayload { writer.member("payloadDropped", true) }
        writer.endObject()
    }
}
