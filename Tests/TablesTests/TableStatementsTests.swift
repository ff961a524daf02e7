// The SQL that is generated for a table.
import Tables
import Testing

@Suite("Statements of a table")
struct TableStatementsTests {
    @Test("one names every column, those that no host writes as well, and reads no row")
    func presence() throws {
        let things = try table(
            columns: #"{"name":"note","type":"text","json":"note"}"#,
            #"{"name":"created_at","type":"timestamptz","source":"database"}"#)
        #expect(
            TableStatements(things).presence
                == #"SELECT "id", "note", "created_at" FROM "things" AS "the table" LIMIT 0"#)
    }
}
