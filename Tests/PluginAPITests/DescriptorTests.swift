// What the result builder makes of a definition.
import Foundation
import PluginAPI
import Testing

@Suite("A definition becomes a descriptor")
struct DescriptorTests {
    @Test("Every part stands in the descriptor as the contract has it")
    func everyPart() throws {
        let descriptor = String(decoding: Books.table.descriptor(plugin: "Books", version: "1.2.3"), as: UTF8.self)
        let expected = """
            {"name":"books","plugin":{"name":"Books","version":"1.2.3"},"schemaVersion":3,"key":"book_id","columns":[\
            {"name":"book_id","type":"uuid"},\
            {"name":"shelf_id","type":"uuid","json":"shelfId","required":true,\
            "references":{"table":"shelves","column":"shelf_id"}},\
            {"name":"title","type":"text","json":"title","required":true,\
            "schema":{"type":"string","minLength":1,"maxLength":200}},\
            {"name":"price","type":"numeric(10,2)","json":"price",\
            "schema":{"type":"number","exclusiveMinimum":0,"multipleOf":0.01}},\
            {"name":"copies","type":"integer","json":"copies","nullable":false,"default":1,\
            "schema":{"type":"integer","minimum":0,"maximum":9}},\
            {"name":"kind","type":"text","json":"kind","schema":{"type":"string","enum":["novel","poem"]}},\
            {"name":"parts","type":"jsonb","json":"parts","schema":{"type":"array","minItems":1,"maxItems":3,"items":\
            {"type":"object","required":["page"],"properties":{"page":{"type":"integer","minimum":1},\
            "name":{"type":"string","pattern":"^\\"x\\\\y"}},"additionalProperties":false}}},\
            {"name":"slug","type":"text","source":"derived"},{"name":"value","type":"numeric","source":"derived"},\
            {"name":"length","type":"bigint","source":"derived"},\
            {"name":"created_at","type":"timestamptz","source":"database","nullable":false}],\
            "operations":["create","update","delete"],\
            "filters":[{"parameter":"shelfId","column":"shelf_id","operators":["eq","in"]},\
            {"parameter":"title","column":"title","operators":["eq"]}],\
            "sort":["created_at","title"],"defaultOrder":["-created_at"],\
            "migrations":[{"version":1,"name":"create books",\
            "sql":"CREATE TABLE books (\\u000a\\u0009book_id uuid PRIMARY KEY -- \\"key\\" \\\\\\u000a)"},\
            {"version":2,"name":"add price","sql":"ALTER TABLE books ADD price numeric(10,2)"}],\
            "invalidates":{"create":["shelves","lists"],"delete":["lists"]},\
            "checks":[{"check":"jspg_fn_title_ok","signature":"bool(utf8)","columns":["title"],"message":"Say more."}],\
            "derives":[{"derive":"length","function":"jspg_fn_length","from":["title"],"signature":"i64(utf8)"}]}
            """
        #expect(descriptor == expected)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(descriptor.utf8)) }
    }

    @Test("A number that is none is written as a string, for the host to name")
    func wrongNumber() {
        #expect(JSONLiteral.number("0.1").text == "0.1")
        #expect(JSONLiteral.number("1.").text == "\"1.\"")
    }

    @Test("Literals of every kind are JSON")
    func literals() {
        let literal: JSONLiteral = ["a": [1, nil, true, "x\u{1}\"\\/é"], "b": [:]]
        #expect(literal.text == "{\"a\":[1,null,true,\"x\\u0001\\\"\\\\/é\"],\"b\":{}}")
    }
}
