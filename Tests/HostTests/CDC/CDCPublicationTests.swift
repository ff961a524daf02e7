// From replication messages to change events.
import JSON
import Testing

@testable import CDC

@Suite("Change events")
struct CDCPublicationTests {
    /// Builds messages as PostgreSQL does.
    private struct Bytes {
        var bytes: [UInt8] = []

        init(_ kind: Character) { bytes = Array(String(kind).utf8) }

        func integer<Integer: FixedWidthInteger>(_ value: Integer) -> Bytes {
            var copy = self
            copy.bytes += withUnsafeBytes(of: value.bigEndian) { Array($0) }
            return copy
        }
        func text(_ text: String) -> Bytes {
            var copy = self
            copy.bytes += Array(text.utf8) + [0]
            return copy
        }
        func raw(_ text: String) -> Bytes {
            var copy = self
            copy.bytes += Array(text.utf8)
            return copy
        }
        func row(_ values: [String?]) -> Bytes {
            var copy = integer(UInt16(values.count))
            for value in values {
                if let value, value == "<unchanged>" {
                    copy = copy.raw("u")
                } else if let value {
                    copy = copy.raw("t").integer(UInt32(value.utf8.count)).raw(value)
                } else {
                    copy = copy.raw("n")
                }
            }
            return copy
        }
    }

    private static let begin = Bytes("B").integer(UInt64(0x1_0000_0010)).integer(Int64(0)).integer(UInt32(77)).bytes
    private static let relation = Bytes("R").integer(UInt32(5)).text("public").text("items").raw("d").integer(UInt16(4))
        .raw("\u{1}").text("id").integer(UInt32(2950)).integer(Int32(-1))
        .raw("\u{0}").text("total").integer(UInt32(1700)).integer(Int32(-1))
        .raw("\u{0}").text("count").integer(UInt32(23)).integer(Int32(-1))
        .raw("\u{0}").text("at").integer(UInt32(1184)).integer(Int32(-1)).bytes

    private func events(
        _ messages: [[UInt8]], maximumBytes: Int = .max
    ) throws -> [(subject: String, json: JSONValue)] {
        var writer = ChangeWriter(maximumBytes: maximumBytes)
        return try messages.flatMap { bytes in
            try writer.events(for: PublicationDecoder.decode(bytes)).map {
                ($0.subject, try JSONDocument(parsing: $0.payload).root)
            }
        }
    }

    @Test("a row that is larger than a message is told by its key, and by nothing where that is too large as well")
    func oversize() throws {
        let large = String(repeating: "x", count: 400)
        let rows = [["x-1", large, "7", ""], [large, "1", "7", ""]]
        let messages = rows.map { Bytes("I").integer(UInt32(5)).raw("N").row($0).bytes }
        let events = try events([Self.begin, Self.relation] + messages, maximumBytes: 300)
        #expect(events.map { $0.json["id"]?.string } == ["x-1", nil])
        for event in events {
            #expect(event.json["__op"]?.string == "c" && event.json["__table"]?.string == "items")
            #expect(event.json["__shortened"]?.bool == true && event.json["total"] == nil)
            #expect(event.json["__source_txId"]?.int64 == 77)
        }
    }

    @Test("an insert has its columns, Debezium's fields and exact numbers")
    func insert() throws {
        let row = Bytes("I").integer(UInt32(5)).raw("N").row(["x-1", "12.50", "7", "2026-11-23 20:53:55.597321+00"])
            .bytes
        let event = try #require(try events([Self.begin, Self.relation, row]).first)
        #expect(event.subject == "cdc.public.items")
        #expect(event.json["id"]?.string == "x-1" && event.json["total"]?.string == "12.50")
        #expect(event.json["count"]?.int64 == 7 && event.json["at"]?.string == "2026-11-23T20:53:55.597321Z")
        #expect(event.json["__op"]?.string == "c" && event.json["__table"]?.string == "items")
        #expect(event.json["__source_ts_ms"]?.int64 == 946_684_800_000)
        #expect(event.json["__source_txId"]?.int64 == 77)
    }

    /// An update; `kind` says what the former row is: its key (`K`) or all of it (`O`).
    private func update(_ kind: String, from old: [String?], to row: [String?]) -> [UInt8] {
        Bytes("U").integer(UInt32(5)).raw(kind).row(old).raw("N").row(row).bytes
    }

    @Test("an update leaves out large values that it did not touch; NULL is null")
    func update() throws {
        // The key is told as well where it is large and did not change.
        for key in ["x-1", "<unchanged>"] {
            let row = update("K", from: ["x-1", nil, nil, nil], to: [key, "<unchanged>", nil, nil])
            let events = try events([Self.begin, Self.relation, row])
            let event = try #require(events.first)
            #expect(events.count == 1)
            #expect(event.json["__op"]?.string == "u" && event.json["total"] == nil)
            #expect(event.json["count"]?.isNull == true && event.json["__shortened"] == nil)
        }
    }

    @Test("a row that gets another key is deleted under the former one and made under the new one")
    func otherKey() throws {
        let row = update("K", from: ["x-0", nil, nil, nil], to: ["x-1", "12.50", "7", nil])
        let events = try events([Self.begin, Self.relation, row])
        #expect(events.map { $0.json["__op"]?.string } == ["d", "c"])
        #expect(events.map { $0.json["id"]?.string } == ["x-0", "x-1"])
        #expect(events[0].json["count"] == nil && events[1].json["count"]?.int64 == 7)
        #expect(events[1].json["__shortened"] == nil)

        // Without the value that nobody told, it is not the whole row.
        let part = update("K", from: ["x-0", nil, nil, nil], to: ["x-1", "<unchanged>", "7", nil])
        let made = try #require(try self.events([Self.begin, Self.relation, part]).last)
        #expect(made.json["__shortened"]?.bool == true && made.json["total"] == nil)
    }

    @Test("where the whole row is the identity nothing tells the key, and an update stays one")
    func wholeRow() throws {
        let row = update("O", from: ["x-0", "12.50", "7", nil], to: ["x-1", "12.50", "8", nil])
        #expect(try events([Self.begin, Self.relation, row]).map { $0.json["__op"]?.string } == ["u"])
    }

    @Test("a delete has the key alone; a truncate is one event for each table")
    func deleteAndTruncate() throws {
        let delete = Bytes("D").integer(UInt32(5)).raw("K").row(["x-1", nil, nil, nil]).bytes
        let truncate = Bytes("T").integer(UInt32(1)).raw("\u{0}").integer(UInt32(5)).bytes
        let events = try events([Self.begin, Self.relation, delete, truncate])
        #expect(events.map { $0.json["__op"]?.string } == ["d", "t"])
        #expect(events[0].json["id"]?.string == "x-1" && events[0].json["count"] == nil)
    }

    @Test("a message that is cut off anywhere is an error, and never a crash")
    func cutOff() throws {
        let row = Bytes("I").integer(UInt32(5)).raw("N").row(["x-1", "12.50", nil, "<unchanged>"]).bytes
        for message in [Self.begin, Self.relation, row] {
            for length in 0..<message.count {
                #expect(throws: PublicationDecoder.Malformed.self) {
                    try PublicationDecoder.decode(Array(message[..<length]))
                }
            }
        }
    }

    @Test("positions are written and read as PostgreSQL does")
    func positions() {
        #expect(LogSequenceNumber("16/B374D848")?.value == 0x16_B374_D848)
        #expect(LogSequenceNumber(0x16_B374_D848).description == "16/B374D848")
        #expect(LogSequenceNumber("16") == nil && LogSequenceNumber("x/1") == nil)
    }

    @Test("what a slot's state means")
    func slots() {
        let remembered = PositionStore.Entry(system: "1", position: LogSequenceNumber(100))
        func verdict(_ confirmed: UInt64?, lost: Bool = false, system: String = "1") -> SlotState.Verdict {
            SlotState(confirmed: confirmed.map { LogSequenceNumber($0) }, isLost: lost, system: system)
                .verdict(remembered: remembered)
        }
        func isMissed(_ verdict: SlotState.Verdict, remakes: Bool) -> Bool {
            if case .missed(_, remakes) = verdict { true } else { false }
        }
        #expect(verdict(100) == .good)
        #expect(verdict(90) == .good)
        #expect(isMissed(verdict(101), remakes: false))
        #expect(isMissed(verdict(nil), remakes: true))
        #expect(isMissed(verdict(100, lost: true), remakes: true))
        #expect(isMissed(verdict(100, system: "2"), remakes: false))
        #expect(SlotState(confirmed: nil, isLost: false, system: "1").verdict(remembered: nil) == .create)
    }

    @Test("a stream that was made anew lacks changes that were stored in the one before")
    func streams() {
        func verdict(_ stream: String, remembered: String?) -> SlotState.Verdict {
            var slot = SlotState(confirmed: LogSequenceNumber(90), isLost: false, system: "1")
            slot.stream = stream
            return slot.verdict(
                remembered: PositionStore.Entry(system: "1", position: LogSequenceNumber(100), stream: remembered))
        }
        #expect(verdict("today", remembered: "today") == .good)
        #expect(verdict("today", remembered: nil) == .good, "an older process remembered the position")
        #expect(!verdict("today", remembered: "yesterday").makesSlot)
        #expect(verdict("today", remembered: "yesterday") != .good)
    }
}
