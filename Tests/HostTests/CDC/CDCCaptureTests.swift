// What is received from the slot and not stored yet.
import JetStream
import Operations
import Testing

@testable import CDC

@Suite("Capture")
struct CDCCaptureTests {
    /// `B`: a transaction begins, at a time in microseconds since 2000.
    private func begin(_ commit: UInt64, at time: Int64) -> [UInt8] {
        message(text("B"), bytes(commit), bytes(time), bytes(UInt32(7)))
    }

    private func commit(_ end: UInt64) -> [UInt8] {
        message(text("C\0"), bytes(end), bytes(end), bytes(Int64(0)))
    }

    private var relation: [UInt8] { relation(5, "items") }

    private func relation(_ id: UInt32, _ table: String) -> [UInt8] {
        message(
            text("R"), bytes(id), text("public\0\(table)\0d"), bytes(UInt16(1)), text("\u{1}id\0"),
            bytes(UInt32(23)), bytes(Int32(-1)))
    }

    private var insert: [UInt8] { change("I", of: 5) }

    private func change(_ kind: String, of relation: UInt32) -> [UInt8] {
        message(
            text(kind), bytes(relation), text(kind == "D" ? "K" : "N"), bytes(UInt16(1)), text("t"), bytes(UInt32(1)),
            text("1"))
    }

    private func message(_ parts: [UInt8]...) -> [UInt8] { Array(parts.joined()) }

    private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    private func capture(publication: String = "jspg_cdc", detail: EventDetail = .rows) -> Capture {
        Capture(
            position: ConfirmablePosition(start: LogSequenceNumber(0)), publication: publication, detail: detail,
            maximumEventBytes: .max)
    }

    private let epoch: Int64 = 946_684_800_000_000

    @Test("an event's id is the same after a restart, and another one of another publication")
    func ids() throws {
        func ids(_ publication: String) throws -> [String?] {
            var capture = capture(publication: publication)
            for message in [begin(16, at: 0), relation, insert, insert] { try capture.take(message) }
            return capture.messages.map { $0.headers[MessageHeader.messageID] }
        }
        let (first, again, other) = (try ids("one"), try ids("one"), try ids("two"))
        #expect(first == again && Set(first).count == 2)
        #expect(Set(first).isDisjoint(with: other))
    }

    @Test("a transaction is told by its tables, each once and when it commits; an event of a row is none of them")
    func tables() throws {
        var capture = capture(detail: .tables)
        for message in [begin(16, at: 2_000_000), relation, relation(6, "others")] { try capture.take(message) }
        for _ in 0..<3 {
            for (kind, relation) in [("I", UInt32(6)), ("U", 5), ("D", 6)] {
                try capture.take(change(kind, of: relation))
            }
        }
        #expect(capture.messages.isEmpty && capture.position.isIdle)
        #expect(capture.oldestTime == epoch + 2_000_000, "it lags behind")
        #expect(capture.takeChanges() == 9 && capture.takeChanges() == 0)
        try capture.take(commit(17))
        #expect(capture.messages.map(\.subject) == ["cdc.public.others", "cdc.public.items"])
        #expect(
            capture.messages.map { String(decoding: $0.payload, as: UTF8.self) }
                == ["others", "items"].map {
                    #"{"__op":"u","__table":"\#($0)","__source_ts_ms":946684802000,"__source_txId":7,"__shortened":true}"#
                })
        #expect(capture.position.confirmable == LogSequenceNumber(0), "neither is stored")
        capture.position.stored(changes: 2)
        #expect(capture.position.confirmable == LogSequenceNumber(17))

        var rows = self.capture()
        for message in [begin(16, at: 0), relation, insert, insert] { try rows.take(message) }
        let ids = (capture.messages + rows.messages).map { $0.headers[MessageHeader.messageID] }
        #expect(Set(ids).count == 4, "JetStream would take one for the other")

        // The next transaction tells of what it changed itself, and of nothing where it was not captured.
        capture.messages.removeAll()
        for message in [begin(32, at: 0), commit(33), begin(48, at: 0), insert, commit(49)] {
            try capture.take(message)
        }
        #expect(capture.messages.map(\.subject) == ["cdc.public.items"])
    }

    @Test("the oldest time is that of the first message in hand, also in a transaction that is stored in parts")
    func oldestTime() throws {
        var capture = capture()
        for message in [begin(16, at: 10), relation] { try capture.take(message) }
        #expect(capture.oldestTime == nil, "nothing of it is captured")
        for message in [insert, commit(17), begin(32, at: 20), insert] { try capture.take(message) }
        #expect(capture.oldestTime == epoch + 10)
        capture.messages.removeAll()
        #expect(capture.oldestTime == nil)
        try capture.take(insert)
        #expect(capture.oldestTime == epoch + 20)
    }

    @Test("it is caught up when all is stored that the server had, and not between two parts of a backlog")
    func caughtUp() throws {
        var capture = capture()
        for message in [begin(16, at: 10), relation, insert, commit(17)] { try capture.take(message) }
        capture.messages.removeAll()
        #expect(!capture.isCaughtUp)
        capture.serverEnd = LogSequenceNumber(17)
        #expect(capture.isCaughtUp)
        try capture.take(begin(32, at: 20))
        #expect(!capture.isCaughtUp)
    }

    @Test("who stands by says nothing of lag and kept WAL, which are the other process' business")
    func standby() {
        let state = CaptureState()
        state.setPending(since: 0)
        state.setKept(bytes: 5)
        state.set(.waiting)
        #expect(state.lag(at: Timestamp(microseconds: 2_000_000)) == 2_000 && state.keptBytes == 5)
        state.set(.standby)
        #expect(state.lag(at: Timestamp(microseconds: 2_000_000)) == 0 && state.keptBytes == nil)
    }

    @Test("a slot that begins before its publication is made anew, and what was cached is stale")
    func undecodable() {
        var slot = SlotState(confirmed: LogSequenceNumber(5), isLost: false, system: "1")
        slot.isUndecodable = true
        let remembered = PositionStore.Entry(system: "1", position: LogSequenceNumber(5))
        for memory in [remembered, nil] {
            guard case .missed(reason: _, remakes: true) = slot.verdict(remembered: memory) else {
                Issue.record("it is used as it is")
                continue
            }
        }
        slot.confirmed = nil
        #expect(slot.verdict(remembered: nil) == .create)
    }

    @Test("names that no subject can have become one that can; the event has the name as it is")
    func subjects() {
        let event = ChangeWriter.doubt(of: table("a.b*>c-1_", schema: "my sch\u{E9}ma"), at: 0)
        #expect(event.subject == "cdc.my_sch_ma.a_b__c-1_")
        #expect(String(decoding: event.payload, as: UTF8.self).contains(#""__table":"a.b*>c-1_""#))
        #expect(ChangeWriter.doubt(of: table("items"), at: 0).subject == "cdc.public.items")
    }

    private func table(_ name: String, schema: String = "public", rowFilter: String? = nil) -> CapturedTable {
        CapturedTable(schema: schema, name: name, columns: "{id}", rowFilter: rowFilter)
    }

    @Test("where changes may be missing nothing is said to be gone; only what all rows follow is")
    func doubt() {
        func text(_ event: ChangeWriter.Event) -> String { String(decoding: event.payload, as: UTF8.self) }
        #expect(
            text(ChangeWriter.doubt(of: table("items"), at: 2_000_000))
                == #"{"__op":"u","__table":"items","__source_ts_ms":2000,"__shortened":true}"#)
        #expect(
            text(ChangeWriter.truncation(of: table("items"), at: 2_000_000))
                == #"{"__op":"t","__table":"items","__source_ts_ms":2000}"#)
    }

    @Test("a snapshot has the columns and the rows that the publication has")
    func snapshot() {
        #expect(
            InitialSnapshot.sql(of: table("items"), columns: ["id", "a \"b"])
                == #"SELECT "id", "a ""b" FROM "public"."items""#)
        #expect(
            InitialSnapshot.sql(of: table("items", rowFilter: "(id > 5)"), columns: ["id"])
                == #"SELECT "id" FROM "public"."items" WHERE (id > 5)"#)
    }

    @Test("that events can't be stored is told once it lasts, until they are or another process has the slot")
    func storeFailure() {
        let state = CaptureState()
        let start = ContinuousClock.now
        for second in 0...5 { state.setStoreFailure("no room \(second)", at: start + .seconds(second)) }
        #expect(state.storeFailure(at: start + .seconds(9)) == nil)
        #expect(state.storeFailure(at: start + .seconds(11)) == "no room 5")
        state.setStoreFailure(nil)
        #expect(state.storeFailure(at: start + .seconds(11)) == nil)
        state.setStoreFailure("no room", at: start)
        state.set(.standby)
        #expect(state.storeFailure(at: start + .seconds(11)) == nil)
    }

    @Test("a row that gets another key is two changes, each with an id of its own, and both have to be stored")
    func otherKey() throws {
        var capture = capture()
        func value(_ text: String) -> [UInt8] { message(self.text("t"), bytes(UInt32(1)), self.text(text)) }
        let update = message(
            text("U"), bytes(UInt32(5)), text("K"), bytes(UInt16(1)), value("1"), text("N"), bytes(UInt16(1)),
            value("2"))
        for message in [begin(16, at: 0), relation, update, insert, commit(17)] { try capture.take(message) }
        #expect(capture.messages.count == 3)
        #expect(Set(capture.messages.map { $0.headers[MessageHeader.messageID] }).count == 3)
        capture.position.stored(changes: 2)
        #expect(capture.position.confirmable == LogSequenceNumber(0))
        capture.position.stored(changes: 1)
        #expect(capture.position.confirmable == LogSequenceNumber(17))
    }
}
