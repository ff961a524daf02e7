import JSON
import Operations
import Testing

@Suite("Envelopes")
struct EnvelopeTests {
    static let id = "0123abcd-4567-89ab-cdef-0123456789ab"

    private func decode(_ text: String) throws -> Envelope {
        try Envelope(decoding: Array(text.utf8))
    }

    @Test("what is encoded is decoded, the client's bytes untouched")
    func roundTrip() throws {
        let data = Array(#"{ "total" : 0.30, "note":"é\n" }"#.utf8)
        let envelope = Envelope(
            operationID: try #require(OperationID(Self.id)), table: "items", kind: .update, entityID: "x\"y",
            schemaVersion: 7, data: data, queuedAt: "2026-11-24T03:29:00.123Z",
            fingerprint: Fingerprint(method: "PATCH", path: "/items/x", body: data))
        let decoded = try Envelope(decoding: envelope.encoded())
        #expect(decoded == envelope)
        #expect(decoded.body?["note"]?.string == "é\n")
    }

    @Test("a delete has no data")
    func delete() throws {
        let envelope = Envelope(
            operationID: try #require(OperationID(Self.id)), table: "items", kind: .delete, entityID: "x",
            schemaVersion: 1, data: [], queuedAt: "")
        #expect(try Envelope(decoding: envelope.encoded()).data.isEmpty)
    }

    @Test("a message of the old system is a create of a derived entity")
    func oldSystem() throws {
        let envelope = try decode(
            #"{"operationId":"\#(Self.id)","table":"items","data":{"a":1},"queuedAt":"2026-01-01T00:00:00.000Z"}"#)
        #expect(envelope.kind == .create)
        #expect(envelope.schemaVersion == 1 && envelope.fingerprint == nil)
        #expect(envelope.entityID == EntityID.derived(table: "items", operationID: envelope.operationID))
        #expect(envelope.data == Array(#"{"a":1}"#.utf8))
    }

    @Test(
        "bytes that are no envelope say why, with what could be read",
        arguments: [
            ("\u{1}\u{2}", "is not JSON", false), ("[]", "is not a JSON object", false),
            (#"{"table":"items"}"#, "operationId", false),
            (#"{"operationId":"\#(id)"}"#, "table", true),
            (#"{"operationId":"\#(id)","table":"items"}"#, "data", true),
            (#"{"operationId":"\#(id)","table":"items","op":"update","data":{}}"#, "entityId", true),
            (#"{"operationId":"\#(id)","table":"items","op":"truncate","data":{}}"#, "unknown `op`", true),
            (#"{"operationId":"\#(id)","table":"items","schemaVersion":-1,"data":{}}"#, "schemaVersion", true),
        ])
    func malformed(text: String, reason: String, hasID: Bool) {
        do {
            _ = try decode(text)
            Issue.record("decoded \(text)")
        } catch let error as EnvelopeError {
            #expect(error.reason.contains(reason))
            #expect((error.operationID != nil) == hasID)
        } catch {
            Issue.record("another error: \(error)")
        }
    }

    @Test("a body as deep as a gateway takes comes through")
    func deepest() throws {
        let body = Array((String(repeating: "[", count: 64) + String(repeating: "]", count: 64)).utf8)
        _ = try JSONDocument(parsing: body)
        let envelope = Envelope(
            operationID: .random(), table: "things", kind: .create, entityID: "a", schemaVersion: 1, data: body,
            queuedAt: "2026-11-24T00:00:00Z")
        #expect(try Envelope(decoding: envelope.encoded()).data == body)
    }

    @Test("what PostgreSQL can't hold is replaced in errors")
    func noNUL() {
        let error = OperationError(
            code: "x", message: "a\0b", status: 400, errors: [FieldError(pointer: "/a\0", code: "c", message: "m")])
        #expect(error.message == "a\u{FFFD}b" && error.errors[0].pointer == "/a\u{FFFD}")
        #expect(!error.json.contains(0) && !String(decoding: error.json, as: UTF8.self).contains("\\u0000"))
    }
}
