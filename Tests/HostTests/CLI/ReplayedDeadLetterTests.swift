// A dead letter as it is put back.
import Operations
import Testing

@testable import CLI
@testable import JetStream

@Suite("Replayed dead letters")
struct ReplayedDeadLetterTests {
    @Test("a message keeps its own headers, and none of NATS' own or of the dead letter's")
    func headers() throws {
        let stored = try #require(
            StoredMessage(
                direct: NATSMessage(
                    subject: "_INBOX",
                    headers: [
                        "Nats-Subject": "writes-dlq.things", "Nats-Sequence": "7", "Nats-Batch-Id": "b",
                        "nats-batch-sequence": "1", "Nats-Batch-Commit": "1", MessageHeader.messageID: "WRITES-5",
                        MessageHeader.originalSubject: "writes.things.3", MessageHeader.deadLetterReason: "no",
                        MessageHeader.traceparent: "00-trace",
                    ], payload: [1])))
        let replayed = DeadLetter(stored).replayed
        #expect(replayed.subject == "writes.things.3" && replayed.payload == [1])
        let names = replayed.headers.fields.map(\.name)
        #expect(names == [MessageHeader.traceparent, MessageHeader.messageID])
        #expect(replayed.headers[MessageHeader.messageID] == "replay-7")
    }
}
