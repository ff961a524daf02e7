// Values that a schema lists.
import JSON
import Operations
import Tables
import Testing

@Suite("Values that a schema lists")
struct SchemaRuleTests {
    @Test(
        "are compared as values, however they are written",
        arguments: [
            (#"{"a": 1.0, "b": [true, null, "x"]}"#, true), (#"{"b":[true,null,"\u0078"],"a":1e0}"#, true),
            (#"[1,[]]"#, true), (#"[ 1.00 , [ ] ]"#, true), (#"{"a":1,"b":[true,null]}"#, false),
            (#"{"a":2,"b":[true,null,"x"]}"#, false), (#"{"a":1,"c":[true,null,"x"]}"#, false),
            (#"{"a":1,"b":[null,true,"x"]}"#, false), (#"[1,{}]"#, false), (#"[[],1]"#, false), ("{}", false),
        ])
    func values(value: String, isListed: Bool) throws {
        let table = try table(
            columns: #"{"name":"j","type":"jsonb","json":"j","schema":{"enum":[{"a":1,"b":[true,null,"x"]},[1,[]]]}}"#)
        let errors = BodyValidator(table).validate(try JSONDocument(parsing: #"{"j":\#(value)}"#).root, kind: .create)
        #expect(errors.map(\.code) == (isListed ? [] : ["enum"]))
    }
}
