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
    }

    @Test("the read API's document has lists, rows and the status")
    func readAPI() throws {
        let paths = try JSONDocument(parsing: OpenAPIDocument.readAPI([items()], version: "1")).root["paths"]
        for path in ["/items", "/items/{id}", "/status/{operationId}"] { #expect(paths?[path]?["get"] != nil) }
    }
}
