// What change events say of tables and times.
import Testing

@testable import ReadAPI

@Suite("Names and times of change events")
struct ReadAPIChangeEventTests {
    private func event(_ json: String, on subject: String = "cdc.public.items") -> ChangeEvent {
        ChangeEvent(subject: subject, payload: Array(json.utf8))
    }

    @Test("a time that no commit can have is left out, whatever number it is")
    func times() {
        for time in ["9223372036854775807", "-1", "253402300800000", "1e18", "99999999999999999999", "\"x\""] {
            #expect(
                event(#"{"__op":"u","__table":"items","__source_ts_ms":\#(time)}"#)
                    == .changed(table: "items", transactionID: nil, committed: nil))
        }
        #expect(
            event(#"{"__op":"u","__table":"items","__source_ts_ms":1764000000000}"#)
                == .changed(table: "items", transactionID: nil, committed: 1_764_000_000_000))
    }

    @Test("where a capture process is in doubt of a table, it invalidates whatever was announced of transactions")
    func doubt() {
        #expect(
            event(#"{"__op":"u","__table":"items","__source_ts_ms":1764000000000,"__shortened":true}"#)
                == .changed(table: "items", transactionID: nil, committed: 1_764_000_000_000))
    }

    @Test("events were removed unseen where the oldest that is left, or one before it, is the next one")
    func removed() {
        #expect(!ChangeConsumer.isCutOff(at: 1, before: 1), "nothing was ever removed")
        #expect(!ChangeConsumer.isCutOff(at: 500, before: 501))
        #expect(ChangeConsumer.isCutOff(at: 500, before: 500))
        #expect(ChangeConsumer.isCutOff(at: 500, before: 20))
    }

    @Test("the table is the one that the event names, since a subject has not every character")
    func names() {
        #expect(
            event(#"{"__op":"c","__table":"my items"}"#, on: "cdc.public.my_items")
                == .changed(table: "my items", transactionID: nil))
        #expect(
            event(#"{"op":"c","source":{"table":"my items"}}"#, on: "cdc.public.my_items")
                == .changed(table: "my items", transactionID: nil))
        #expect(
            event(#"{"__op":"c","__table":"items"}"#, on: "cdc.__x.items")
                == .changed(table: "items", transactionID: nil), "a schema may have any name")
    }
}
