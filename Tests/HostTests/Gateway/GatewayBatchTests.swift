// NDJSON: lines, operations, answers.
import Gateway
import HTTP
import JSON
import Operations
import Testing

@Suite("Batch lines")
struct GatewayBatchTests {
    private func text(_ text: String) -> NDJSONLines.Line { .text(Array(text.utf8)) }

    @Test("lines are the same however the bytes are cut", arguments: [1, 2, 3, 7, 100])
    func cuts(size: Int) {
        let bytes = Array("ab\r\n\n{\"c\":1}\n  \nlast".utf8)
        var lines = NDJSONLines(limit: 100)
        var all: [NDJSONLines.Line] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            all += lines.append(bytes[start..<min(start + size, bytes.count)])
        }
        if let last = lines.finish() { all.append(last) }
        #expect(all == [text("ab\r"), text("{\"c\":1}"), text("last")])
        #expect(lines.finish() == nil)
    }

    @Test("a line over the limit is told, and the next is read")
    func tooLong() {
        var lines = NDJSONLines(limit: 4)
        #expect(lines.append(Array("1234\n12345\n1\n123456".utf8)) == [text("1234"), .tooLong, text("1")])
        #expect(lines.finish() == .tooLong)
    }

    @Test("a line is an operation")
    func operations() throws {
        let create = try BatchLine.request(
            text(#"{"idempotencyKey":"k","data":{"a": 1.50}}"#), table: "items", limit: 100)
        #expect(create.kind == .create && create.entityID == nil && create.idempotencyKey == "k")
        #expect(create.body == Array(#"{"a": 1.50}"#.utf8))
        let delete = try BatchLine.request(
            text(#"{"idempotencyKey":"k","op":"delete","id":"7"}"#), table: "items", limit: 100)
        #expect(delete.kind == .delete && delete.entityID == "7" && delete.body.isEmpty)
    }

    @Test("a line has the fingerprint of the request that it stands for")
    func fingerprint() throws {
        let line = try BatchLine.request(
            text(#"{"idempotencyKey":"k","op":"update","id":"7","data":{"a":1}}"#), table: "items", limit: 100)
        let request = WriteRequest(
            kind: .update, table: "items", entityID: "7", idempotencyKey: "k", body: Array(#"{"a":1}"#.utf8))
        #expect(line.fingerprint == request.fingerprint)
    }

    @Test(
        "a line that is none says why",
        arguments: [
            ("x", ""), ("[]", ""), (#"{"idempotencyKey":"k","data":{},"op":"fly"}"#, "/op enum"),
            (#"{"idempotencyKey":"k","op":"update","data":{}}"#, "/id required"),
            (#"{"idempotencyKey":"k","op":"update","data":{},"id":7}"#, "/id type"),
            (#"{"idempotencyKey":"k"}"#, "/data required"),
            (#"{"idempotencyKey":"k","data":{},"id":"1"}"#, "/id unknown_member"),
            (#"{"idempotencyKey":"k","data":{},"x/y":1}"#, "/x~1y unknown_member"),
            (#"{"data":{}}"#, "/idempotencyKey required"), (#"{"idempotencyKey":5,"data":{}}"#, "/idempotencyKey type"),
        ])
    func bad(line: String, fault: String) {
        do {
            _ = try BatchLine.request(text(line), table: "items", limit: 100)
            Issue.record("accepted")
        } catch {
            #expect(fault.isEmpty || error.errors.map { "\($0.pointer) \($0.code)" } == [fault])
        }
    }

    @Test("a line with thousands of unknown members names some of them")
    func manyMembers() {
        let line = "{" + (0..<5_000).map { "\"m\($0)\":1" }.joined(separator: ",") + "}"
        #expect {
            _ = try BatchLine.request(text(line), table: "items", limit: 100)
        } throws: { error in
            (error as? Problem).map { (50...53).contains($0.errors.count) } == true
        }
    }

    @Test("a body may be as deep in a line as in a request of its own")
    func depth() throws {
        let levels = JSONDocument.maximumDepth
        let deep = String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1)
        _ = try BatchLine.request(
            text(#"{"idempotencyKey":"k","data":{"a":\#(deep)}}"#), table: "items", limit: 10_000)
        #expect(throws: Problem.self) {
            _ = try BatchLine.request(
                text(#"{"idempotencyKey":"k","data":{"a":[\#(deep)]}}"#), table: "items", limit: 10_000)
        }
    }

    @Test("a line that there was no memory for is told in its place")
    func dropped() {
        var lines = NDJSONLines(limit: 100)
        #expect(lines.append(Array("1\n23".utf8)) == [text("1")])
        #expect(lines.unfinishedBytes == 2)
        lines.dropUnfinished()
        #expect(lines.unfinishedBytes == 0)
        #expect(lines.append(Array("4\n5\n".utf8)) == [.dropped, text("5")])
        let problem = #expect(throws: Problem.self) {
            _ = try BatchLine.request(.dropped, table: "items", limit: 100)
        }
        #expect(problem?.kind == .overloaded)
    }
}
