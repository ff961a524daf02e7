// docs/descriptor.schema.json beside what the hosts check.
import Foundation
import JSON
import Testing

@testable import Tables

@Suite("The published schema of descriptors")
struct PublishedSchemaTests {
    private func properties() throws -> JSONValue {
        let file = URL(filePath: #filePath).appending(path: "../../../docs/descriptor.schema.json").standardized
        return try #require(try JSONDocument(parsing: Array(Data(contentsOf: file))).root["properties"])
    }

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
}
