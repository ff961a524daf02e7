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

    @Test("a row of a table that has another shape now is not the one that was cached, and one of the same shape is")
    func cacheKey() throws {
        func key(_ columns: String, of id: String = entity) throws -> String {
            TableQuery.row(id, of: try table(columns: columns)).cacheKey
        }
        let note = #"{"name":"note","type":"text","json":"note"}"#
        #expect(try key(note) == key(note))
        #expect(try key(note) != key(note + #",{"name":"size","type":"integer","json":"size"}"#))
        #expect(try key(note) != key(note, of: "00000000-0000-4000-8000-000000000000"))
    }
}
