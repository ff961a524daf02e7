import Operations
import Testing

@Suite("Operation ids")
struct OperationIDTests {
    @Test("text of either case is read and written in lower case")
    func text() throws {
        let id = try #require(OperationID("0123ABCD-4567-89ab-CDEF-0123456789ab"))
        #expect(id.description == "0123abcd-4567-89ab-cdef-0123456789ab")
        #expect(OperationID(bytes: id.bytes) == id)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "0123abcd", "0123abcd-4567-89ab-cdef-0123456789a", "0123abcd-4567-89ab-cdef-0123456789abc",
            "0123abcd+4567-89ab-cdef-0123456789ab", "0123abcg-4567-89ab-cdef-0123456789ab",
            "{0123abcd-4567-89ab-cdef-0123456789ab}", "0123abcd456789abcdef0123456789abcdef",
        ])
    func refused(text: String) {
        #expect(OperationID(text) == nil)
    }

    @Test("a derived id is a version 5 UUID that depends on each part and on where parts end")
    func derived() {
        let id = OperationID.derived(from: "ab", "c")
        #expect(id == OperationID.derived(from: "ab", "c"))
        #expect(id != OperationID.derived(from: "a", "bc"))
        #expect(id.description.dropFirst(14).first == "5")
        #expect("89ab".contains(id.description.dropFirst(19).first ?? "x"))
    }

    @Test("derived ids never change: clients and queues outlive a release")
    func stable() {
        // Computed with Python's uuid.uuid5.
        #expect(
            OperationID.derived(from: "idempotency-key", "", "order-1").description
                == "3b8593ae-26f3-5b52-9169-c9b729fc8adc")
        let id = OperationID("0123abcd-4567-89ab-cdef-0123456789ab")
        #expect(
            id.map { EntityID.derived(table: "items", operationID: $0) } == "ef0dcdd9-8b97-5ce9-a7dd-1686c728a92a")
    }

    @Test("ids are ordered by their bytes, as PostgreSQL orders uuid")
    func order() throws {
        let low = try #require(OperationID("00000000-0000-0000-0000-000000000001"))
        let high = try #require(OperationID("f0000000-0000-0000-0000-000000000000"))
        #expect(low < high)
        #expect(!(high < low))
    }
}
