import Operations
import Testing

@Suite("Statuses")
struct OperationStatusTests {
    private let fingerprint = Fingerprint(method: "POST", path: "/items", body: Array("{}".utf8))

    private func status(_ state: OperationStatus.State, error: OperationError? = nil) throws -> OperationStatus {
        OperationStatus(
            operationID: try #require(OperationID("0123abcd-4567-89ab-cdef-0123456789ab")), state: state,
            table: "items", entityID: "e", error: error, attempts: 1, fingerprint: fingerprint,
            endedAt: "2026-11-24T03:29:00.123Z")
    }

    @Test("what is stored in Redis is read back")
    func roundTrip() throws {
        let error = OperationError(
            code: "unique_violation", message: "taken", status: 409, constraint: "items_name_key",
            errors: [FieldError(pointer: "/name", code: "not_unique", message: "name is taken")])
        let failed = try status(.failed, error: error)
        #expect(OperationStatus(decoding: failed.encoded()) == failed)
        #expect(OperationStatus(decoding: Array("[]".utf8)) == nil)
    }

    @Test("a client sees the sentence, the problem and no fingerprint")
    func responseBody() throws {
        let text = String(decoding: try status(.failed, error: .keyReuse).responseBody, as: UTF8.self)
        #expect(text.contains(#""error":"The idempotency key"#))
        #expect(text.contains(#""code":"idempotency_key_reuse""#))
        #expect(!text.contains(fingerprint.hexadecimal))
    }

    @Test("nobody is told completed for a write that another request made under the same key")
    func keyReuse() throws {
        let completed = try status(.completed)
        #expect(completed.seen(byRequest: fingerprint.short).state == .completed)
        #expect(completed.seen(byRequest: nil).state == .completed)
        let other = completed.seen(byRequest: "0000000000000000")
        #expect(other.state == .failed)
        #expect(other.error == .keyReuse)
    }

    @Test("a done message carries each operation")
    func doneMessage() throws {
        let message = DoneMessage(
            table: "items", transactionID: "745", operations: [try status(.completed), try status(.failed)])
        #expect(DoneMessage(decoding: message.encoded()) == message)
        #expect(message.isInvalidated)
        let unconfirmed = DoneMessage(
            table: "items", transactionID: nil, isInvalidated: false, operations: [try status(.completed)])
        #expect(DoneMessage(decoding: unconfirmed.encoded()) == unconfirmed)
        let wide = DoneMessage(
            table: "items", transactionID: "745", operations: [try status(.completed)],
            furtherTables: ["owners", "reviews"])
        #expect(DoneMessage(decoding: wide.encoded()) == wide)
        #expect(message.furtherTables.isEmpty)
    }

    @Test("the transaction is read without the operations; without one there is nothing")
    func doneTransaction() throws {
        let message = DoneMessage(table: "items", transactionID: "745", operations: [try status(.completed)])
        let transaction = try #require(DoneMessage.transaction(in: message.encoded()))
        #expect(transaction == ("items", "745"))
        let silent = DoneMessage(table: "items", transactionID: nil, operations: [try status(.completed)])
        #expect(DoneMessage.transaction(in: silent.encoded()) == nil)
        #expect(DoneMessage.transaction(in: Array("{}".utf8)) == nil)
    }
}
