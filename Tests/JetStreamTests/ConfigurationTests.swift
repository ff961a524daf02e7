// URLs, headers, reply subjects: what needs no server.
import Testing

@testable import JetStream

@Suite struct ConfigurationTests {
    @Test func parsesServersAndKeepsCredentialsOut() throws {
        let configuration = try NATSConfiguration(url: "nats://me:s%40cret@a:4223, nats://b", name: "x")
        #expect(configuration.servers == ["nats://a:4223", "nats://b:4222"])
        #expect(configuration.credentials == .user(name: "me", password: "s@cret"))
        #expect(!"\(configuration)".contains("cret"))
        #expect(!String(reflecting: configuration).contains("cret"))
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("cret"))
        #expect(try NATSConfiguration(url: "tls://tok@[::1]:4222/", name: "x").credentials == .token("tok"))
        #expect(try NATSConfiguration(url: "tls://tok@[::1]:4222/", name: "x").servers == ["tls://[::1]:4222"])
        #expect(try NATSConfiguration(url: "localhost", name: "x").servers == ["nats://localhost:4222"])
    }

    @Test(arguments: [
        "http://hunter2@a", "nats://u:hunter2%zz@a", "nats://u:hunter2@a:port", "nats://u:hunter2@a:0",
        "nats://u:hunter2@", "", "nats://u:hunter2@a,nats://u:hunter3@b", "nats://u:hunter2%0d@a",
        "nats://u:hunter2@a/b/c", "nats://a,,nats://b",
    ])
    func refusesWithoutShowingCredentials(url: String) {
        let error = #expect(throws: NATSError.self) { try NATSConfiguration(url: url, name: "x") }
        #expect(error?.description.contains("hunter") == false)
    }

    @Test func quotesWhatLibnatsCopiesIntoJSON() throws {
        let configuration = try NATSConfiguration(url: #"nats://u%22:p%5c@a"#, name: "x")
        #expect(configuration.credentials == .user(name: #"u\""#, password: #"p\\"#))
    }

    @Test func headersCompareNamesWithoutCaseAndRefuseWhatCannotBeSent() {
        var headers: NATSHeaders = ["Nats-Msg-Id": "1", "X": "a", "x": "b"]
        #expect(headers["nats-msg-id"] == "1")
        #expect(headers.values(of: "X") == ["a", "b"])
        headers["x"] = "c"
        #expect(headers.values(of: "X") == ["c"])
        headers.append("bad name", "v")
        headers.append("bad:name", "v")
        headers.append("", "v")
        #expect(headers.fields.count == 2)
        headers.append("Y", "a\r\nInjected: b")
        #expect(headers["Y"] == "a  Injected: b")
        #expect(headers["Injected"] == nil)
    }

    @Test func parsesReplySubjectsOfBothForms() throws {
        let short = try #require(DeliveryMetadata(replySubject: "$JS.ACK.S.C.2.10.7.1700000000000000001.5"))
        #expect(short.deliveries == 2)
        #expect(short.streamSequence == 10 && short.consumerSequence == 7 && short.pending == 5)
        #expect(short.storedAt == 1_700_000_000_000_000_001)
        for long in [
            "$JS.ACK._.hash.S.C.2.10.7.1700000000000000001.5", "$JS.ACK.dom.hash.S.C.2.10.7.1700000000000000001.5.rand",
        ] {
            #expect(DeliveryMetadata(replySubject: long) == short)
        }
        for bad in [
            "", "$JS.ACK.", "$JS.ACK.S.C.2.10.7.1", "$JS.ACK.S.C.x.10.7.1.5", "$JS.ACK.S.C.2..7.1.5", "_INBOX.x.1",
            "$JS.ACK.S.C.99999999999999999999.1.1.1.1",
        ] {
            #expect(DeliveryMetadata(replySubject: bad) == nil)
        }
    }

    @Test func parsesAHeaderBlock() {
        let headers = NATSHeaders(block: bytes("NATS/1.0\r\nA: 1\r\nB:two words \r\nC: \r\nbroken\r\n\r\n"))
        #expect(headers["A"] == "1" && headers["B"] == "two words")
        #expect(headers.fields.count == 2)
    }

    @Test func ledgerAsksForRoomAndMendsItself() {
        var ledger = PullLedger(batch: 10)
        func ask(buffered: Int) -> Int? { ledger.nextRequest(buffered: buffered)?.count }
        #expect(ask(buffered: 0) == 10)
        #expect(ask(buffered: 0) == nil)
        for _ in 0..<5 { ledger.delivered(pin: "p") }
        #expect(ask(buffered: 5) == nil)
        #expect(ask(buffered: 0) == 5)
        #expect(ledger.awaited == 10 && ledger.pin == "p")
        ledger.ended(number: 1, remaining: 5)
        #expect(ledger.awaited == 5)
        ledger.ended(number: 1, remaining: 5)
        #expect(ledger.awaited == 5)
        ledger.ended(number: 2, remaining: nil)
        #expect(ledger.awaited == 0)
        #expect(ask(buffered: 6) == nil)
        #expect(ask(buffered: 5) == 5)
        ledger.reset()
        #expect(ask(buffered: 0) == 10)
    }

    @Test func ledgerOfOneAsksForOneAtATime() {
        var ledger = PullLedger(batch: 1)
        func ask(buffered: Int) -> Int? { ledger.nextRequest(buffered: buffered)?.count }
        #expect(ask(buffered: 1) == nil)
        #expect(ask(buffered: 0) == 1)
        #expect(ask(buffered: 0) == nil)
    }

    @Test(arguments: [
        ("100", "Idle Heartbeat", nil, "heartbeat"), ("404", "No Messages", nil, "ended"),
        ("408", "Request Timeout", "7", "ended 7"), ("409", "Batch Completed", "0", "ended 0"),
        ("409", "Message Size Exceeds MaxBytes", "3", "ended 3"), ("409", "Leadership Change", nil, "moved"),
        ("409", "Server Shutdown", nil, "moved"), ("409", "Consumer Deleted", nil, "not_found"),
        ("409", "Exceeded MaxRequestBatch of 5", nil, "cannot_serve"), ("423", "Nats-Pin-Id mismatch", nil, "wrongPin"),
        ("503", "", nil, "noResponders"), ("400", "Bad Request", nil, "refused"),
    ])
    func readsAnswersToPullRequests(status: String, text: String, pending: String?, meaning: String) {
        var headers: NATSHeaders = ["Status": status, "Description": text]
        if let pending { headers["Nats-Pending-Messages"] = pending }
        let read =
            switch PullStatus(NATSMessage(subject: "i", headers: headers)) {
            case .heartbeat: "heartbeat"
            case .ended(nil): "ended"
            case .ended(let remaining?): "ended \(remaining)"
            case .moved: "moved"
            case .wrongPin: "wrongPin"
            case .noResponders: "noResponders"
            case .refused(let error): error.kind.rawValue
            }
        #expect(read == meaning)
    }

    @Test func atomicBatchesNeedVersion2121() {
        #expect(!JetStreamServer(version: "2.11.9", apiLevel: 1).supportsAtomicBatches)
        #expect(!JetStreamServer(version: "2.12.0", apiLevel: 2).supportsAtomicBatches)
        #expect(!JetStreamServer(version: nil, apiLevel: 2).supportsAtomicBatches)
        #expect(JetStreamServer(version: "2.12.1", apiLevel: 2).supportsAtomicBatches)
        #expect(JetStreamServer(version: "2.12.2-RC.1", apiLevel: 2).supportsAtomicBatches)
        #expect(JetStreamServer(version: nil, apiLevel: 3).supportsAtomicBatches)
    }

    @Test func acknowledgementKnowsEachSequenceOfABatch() throws {
        let one = try PublishAcknowledgement(parsing: bytes(#"{"stream":"S","seq":12,"batch":"b","count":3}"#))
        #expect((0..<3).map { one.sequence(at: $0) } == [10, 11, 12])
        #expect(throws: JetStreamError.self) { try PublishAcknowledgement(parsing: bytes("+OK")) }
        #expect(throws: JetStreamError.self) { try PublishAcknowledgement(parsing: []) }
    }
}
