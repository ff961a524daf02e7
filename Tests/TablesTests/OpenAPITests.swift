import JSON
import Operations
import Tables
import Testing

@Suite("OpenAPI")
struct OpenAPITests {
    private func items() throws -> TableDescriptor { try TableDescriptor(parsing: Array(itemsJSON.utf8)) }

    @Test("the gateway's document has each table's writes with the plugin's schemas")
    func gateway() throws {
        let root = try JSONDocument(parsing: OpenAPIDocument.gateway([items()], version: "1.2.3")).root
        #expect(root["openapi"]?.string == "3.1.0")
        #expect(root["info"]?["version"]?.string == "1.2.3")
        let body = root["paths"]?["/items"]?["post"]?["requestBody"]?["content"]?["application/json"]?["schema"]
        #expect(body?["properties"]?["title"]?["maxLength"]?.int64 == 5)
        #expect(body?["properties"]?["ownerId"]?["format"]?.string == "uuid")
        #expect(body?["required"]?.elements.contains { $0.string == "price" } == true)
        let create = root["paths"]?["/items"]?["post"]
        #expect(create?["parameters"]?.elements.map { $0["name"]?.string } == ["Idempotency-Key", "Prefer"])
        #expect(create?["responses"]?["201"] != nil && create?["responses"]?["429"] != nil)
        for status in ["404", "405", "500", "501"] { #expect(create?["responses"]?[status] != nil, "\(status)") }
        let batch = root["paths"]?["/items/batch"]?["post"]?["requestBody"]?["content"]
        #expect(batch?["application/x-ndjson"] != nil)
    }

    @Test("a column that may be NULL takes null whatever its schema lists")
    func nullable() throws {
        let columns = [
            #"{"name":"a","type":"text","json":"a","schema":{"enum":["x","y"]}}"#,
            #"{"name":"b","type":"text","json":"b","schema":{"const":"x"}}"#,
            #"{"name":"c","type":"jsonb","json":"c","schema":{"enum":[null,1]}}"#,
            #"{"name":"d","type":"text","json":"d","required":true,"schema":{"enum":["x"]}}"#,
            #"{"name":"e","type":"text","json":"e","required":true,"schema":{"const":"x"}}"#,
        ]
        let table = try table(columns: columns[0], columns[1], columns[2], columns[3], columns[4])
        let root = try JSONDocument(parsing: OpenAPIDocument.gateway([table], version: "1")).root
        let body = root["paths"]?["/things"]?["post"]?["requestBody"]?["content"]?["application/json"]?["schema"]
        func written(_ name: String, _ keyword: String) -> String? {
            body?["properties"]?[name]?[keyword].map { String(decoding: $0.source, as: UTF8.self) }
        }
        #expect(written("a", "enum") == #"["x","y",null]"#)
        #expect(written("b", "anyOf") == #"[{"const":"x"},{"type":"null"}]"# && written("b", "const") == nil)
        #expect(written("c", "enum") == "[null,1]")
        #expect(written("d", "enum") == #"["x"]"# && written("e", "const") == #""x""#)
    }

    @Test("the read API's document has lists, rows and the status")
    func readAPI() throws {
        let paths = try JSONDocument(parsing: OpenAPIDocument.readAPI([items()], version: "1")).root["paths"]
        for path in ["/items", "/items/{id}", "/status/{operationId}", "/tables"] {
            #expect(paths?[path]?["get"] != nil)
        }
        for path in ["/items", "/items/{id}", "/status/{operationId}"] {
            for status in ["200", "400", "404", "503"] {
                #expect(paths?[path]?["get"]?["responses"]?[status] != nil, "\(path) \(status)")
            }
        }
    }
}
