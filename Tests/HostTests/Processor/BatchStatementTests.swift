// Rows as parameters of a statement.
import Tables
import Testing

@testable import Postgres
@testable import Processor

@Suite("Rows as parameters")
struct BatchStatementTests {
    private let id = "0a000000-0000-4000-8000-0000000000ff"

    private func text(_ value: String) -> ColumnValue { .text(Array(value.utf8)) }

    @Test("UUIDs go as such")
    func uuids() {
        let value = BatchTransaction.values(of: 0, isUUID: true, rows: [[text(id)], [.null]])
        #expect(value.type == 2951)
    }

    @Test("text that is no UUID is never NULL: PostgreSQL gets it as it is, and refuses it")
    func otherText() {
        let rows = [[text(id)], [text("none")]]
        let value = BatchTransaction.values(of: 0, isUUID: true, rows: rows)
        #expect(value.type == 1009)
        #expect(value.bytes == BatchTransaction.values(of: 0, isUUID: false, rows: rows).bytes)
    }
}
