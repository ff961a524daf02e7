// What was built against an older header loads for ever.
import Foundation
import JSON
import Operations
import PluginHost
import Testing

@Suite("Compatibility")
struct CompatibilityTests {
    @Test("a plugin built with the header of ABI 1.0 loads and works")
    func oldHeader() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("old.so", header: "Tests/Fixtures/OldHeader")
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.outcome("old.so", in: report) == .loaded)
        let table = try #require(plugins.host.tables.table("things"))
        let bad = #"{"name":"bad"}"#
        let json = try JSONDocument(parsing: bad).root
        #expect(throws: PluginRejection.self) {
            try table.validate(kind: .create, entityID: "x", body: json, bytes: Array(bad.utf8), for: .host)
        }
    }

    @Test("a struct that ends earlier than the host's is taken as far as it goes")
    func shortStruct() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        // The self-test would fail, and lies beyond the size that the plugin says.
        try await plugins.add("short.so", ["SHORT_FUNCTIONS", "FAILING_SELF_TEST"])
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.outcome("short.so", in: report) == .loaded)
    }
}
