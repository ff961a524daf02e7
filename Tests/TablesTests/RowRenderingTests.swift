// The SQL that makes a row's JSON.
import Tables
import Testing

@Suite("Rows as JSON")
struct RowRenderingTests {
    @Test("no name of a column can take the place of the row's")
    func alias() throws {
        let table = try table(columns: #"{"name":"r","type":"text","json":"r"}"#)
        let sql = TableQuery.row(entity, of: table).sql
        #expect(sql.contains(#"row_to_json("the row")"#) && sql.contains(#"AS "the row")"#))
    }
}
