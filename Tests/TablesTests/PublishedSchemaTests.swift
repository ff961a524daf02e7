// docs/descriptor.schema.json beside what the hosts check.
import Foundation
import JSON
import Testing

@testable import Tables

@Suite("The published schema of descriptors")
struct PublishedSchemaTests {
    private func schema() throws -> JSONValue {
        let file = URL(filePath: #filePath).appending(path: "../../../docs/descriptor.schema.json").standardized
        return try JSONDocument(parsing: Array(Data(contentsOf: file))).root
    }

    private func properties() throws -> JSONValue { try #require(try schema()["properties"]) }

    @Test("names and versions of plugins are the same there")
    func plugin() throws {
        let plugin = try properties()["plugin"]?["properties"]
        #expect(plugin?["name"]?["pattern"]?.string == DescriptorParser.pluginName?.source)
        #expect(plugin?["version"]?["pattern"]?.string == DescriptorParser.pluginVersion?.source)
        #expect(DescriptorParser.pluginName != nil && DescriptorParser.pluginVersion != nil)
    }

    @Test("names that no table can have are the same there")
    func reservedNames() throws {
        let names = try properties()["name"]?["not"]?["enum"]?.elements.compactMap(\.string) ?? []
        #expect(Set(names) == TableDescriptor.reservedNames)
    }

    @Test("a check may return bool and bool?")
    func checks() throws {
        let check = try properties()["checks"]?["items"]?["properties"]
        let text = try #require(check?["signature"]?["pattern"]?.string)
        let pattern = try #require(TextPattern(text))
        #expect(pattern.matches("bool(utf8)") && pattern.matches("bool?(utf8)"))
        #expect(!pattern.matches("i64(utf8)") && !pattern.matches("bool??(utf8)"))
    }

    @Test(
        "the SQL types that hosts know are there",
        arguments: [
            "int4", "decimal", "numeric(10)", "numeric(10, 2)", "decimal(10,2)", "timestamp with time zone",
            "double precision", "bool", "float8", "varchar", "timestamp", "numeric()", "int3",
        ])
    func types(name: String) throws {
        let text = try #require(try schema()["$defs"]?["sqlType"]?["pattern"]?.string)
        let pattern = try #require(TextPattern(text))
        #expect(pattern.matches(name) == (ColumnType(name) != nil))
    }

    @Test("what a descriptor may leave out or say twice there, hosts take as well")
    func lenient() throws {
        let json = tableJSON([
            ("filters", #"[{"parameter":"note","column":"note"}]"#), ("sort", #"["note","note"]"#),
            ("operations", #"["create","create"]"#), ("defaultOrder", "[]"), ("invalidates", #"{"create":[]}"#),
            (
                "migrations",
                "[{\"version\":1,\"name\":\"\(String(repeating: "n", count: 201))\",\"sql\":\"SELECT 1\"}]"
            ),
        ])
        let table = try TableDescriptor(parsing: Array(json.utf8))
        #expect(table.filters.map(\.operators) == [[.equal]] && table.sortable.count == 1)
    }
}
