// What messages on `cdc.>` mean for the cache.
import Foundation
import JSON
import Testing

@testable import ReadAPI

@Suite("Forms of change events")
struct ChangeEventTests {
    private func event(_ payload: String, subject: String = "cdc.public.items") -> ChangeEvent {
        ChangeEvent(subject: subject, payload: Array(payload.utf8))
    }

    private let source = #""source":{"schema":"public","table":"items","txId":745,"ts_ms":1795467308671}"#
    private let change = ChangeEvent.changed(table: "items", transactionID: "745", committed: 1_795_467_308_671)

    @Test("those of Debezium 3.6 on PostgreSQL 18, as they were captured")
    func captured() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../Fixtures/debezium-events.jsonl").standardized
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let events = try lines.map { line in
            let message = try JSONDocument(parsing: Array(line.utf8)).root
            return event(message["value"]?.string ?? "", subject: message["destination"]?.string ?? "")
        }
        let committed: Int64 = 1_795_467_308_671
        #expect(
            events == [
                .ignored, .ignored, .changed(table: "users", transactionID: nil, committed: committed),
                .changed(table: "users", transactionID: nil, committed: committed),
                .changed(table: "orders", transactionID: nil, committed: committed),
                .changed(table: "orders", transactionID: nil), .changed(table: "users", transactionID: nil),
            ])
    }

    @Test("flat: each kind of change, with transaction and time", arguments: ["c", "u", "d", "t"])
    func flat(operation: String) {
        let fields = #""__op":"\#(operation)","__table":"items","__source_ts_ms":1795467308671"#
        #expect(event(#"{"id":1,\#(fields),"__source_txId":745}"#) == change)
        #expect(event(#"{"id":1,\#(fields),"__source_txId":"745"}"#) == change)
    }

    @Test("the full envelope, with and without the wrapper of its schema", arguments: ["c", "u", "d", "t"])
    func envelope(operation: String) {
        let envelope = #"{"before":null,"after":{"id":1,"op":"x"},\#(source),"op":"\#(operation)","ts_ms":9}"#
        #expect(event(envelope) == change)
        #expect(event(#"{"schema":{"type":"struct"},"payload":\#(envelope)}"#) == change)
        #expect(event(#"{"schema":null,"payload":null}"#) == .changed(table: "items", transactionID: nil))
    }

    @Test("a tombstone changes the table of its subject", arguments: ["", "null"])
    func tombstone(payload: String) {
        #expect(event(payload) == .changed(table: "items", transactionID: nil))
    }

    @Test("rows of a snapshot and messages of the log change nothing", arguments: ["r", "m"])
    func ignored(operation: String) {
        #expect(event(#"{"id":1,"__op":"\#(operation)","__table":"items"}"#) == .ignored)
        #expect(event(#"{"after":{"id":1},\#(source),"op":"\#(operation)"}"#) == .ignored)
    }

    @Test(
        "heartbeats and Debezium's own messages are not looked at",
        arguments: ["cdc.__debezium-heartbeat.cdc", "cdc.transaction", "cdc.public.__debezium_signals"])
    func ownSubjects(subject: String) {
        #expect(event("no JSON", subject: subject) == .ignored)
    }

    @Test(
        "what can't be understood is taken for a change of its subject's table",
        arguments: ["{", "7", "[]", "\"c\"", "{}", #"{"__op":"x"}"#, #"{"__op":1}"#, #"{"schema":{},"payload":[]}"#])
    func malformed(payload: String) {
        #expect(event(payload) == .malformed(table: "items"))
    }

    @Test("a subject without a table", arguments: ["cdc", "cdc.public", "cdc.public.items.more"])
    func noTable(subject: String) {
        #expect(event(#"{"__op":"c","__table":"items"}"#, subject: subject) == .malformed(table: nil))
    }
}
