// Serving the schema version that the hosts agreed on.
import Operations
import PluginHost
import Tables
import Telemetry
import Testing

@Suite("Agreement")
struct AgreementTests {
    private func version(_ plugins: PluginFolderFixture) -> Int? {
        plugins.host.tables.table("things")?.descriptor.schemaVersion
    }

    @Test("a gateway goes on with the version in service until the hosts agree on the new one")
    func gateway() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        #expect(version(plugins) == 1)
        try await plugins.add("things.so", [#"SCHEMA_VERSION="2""#])
        _ = await plugins.host.reload()
        #expect(version(plugins) == 1)
        #expect(plugins.host.tables.waiting["things"]?.descriptor.schemaVersion == 2)
        await plugins.host.setAgreement(["things": ActiveSchema(version: 1, highest: 1)])
        #expect(version(plugins) == 1)
        await plugins.host.setAgreement(["things": ActiveSchema(version: 2, highest: 2)])
        #expect(version(plugins) == 2)
        #expect(plugins.host.tables.waiting.isEmpty)
        // Back to the older file: version 1 is still good for every processor.
        try await plugins.add("things.so", [#"VERSION="1.0.9""#])
        _ = await plugins.host.reload()
        #expect(version(plugins) == 1)
    }

    @Test("a gateway that starts with a version that is not in service does not serve the table yet")
    func start() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        try await plugins.add("things.so", [#"SCHEMA_VERSION="2""#])
        await plugins.host.setAgreement(["things": ActiveSchema(version: 1, highest: 1)])
        _ = await plugins.host.start()
        #expect(version(plugins) == nil)
        #expect(plugins.host.tables.waiting["things"] != nil)
        await plugins.host.setAgreement(["things": ActiveSchema(version: 2, highest: 2)])
        #expect(version(plugins) == 2)
    }

    @Test("a table that enters service by agreement has the metrics of its plugin")
    func metrics() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        try await plugins.add("things.so", [#"SCHEMA_VERSION="2""#])
        let registry = MetricRegistry()
        plugins.host.register(in: registry)
        _ = await plugins.host.start()
        await plugins.host.setAgreement(["things": ActiveSchema(version: 2, highest: 2)])
        #expect(version(plugins) == 2)
        let text = String(decoding: registry.prometheusText(), as: UTF8.self)
        #expect(text.contains(#"jspg_plugin_calls_total{table="things",function="validate"} 0"#))
        #expect(text.contains(#"jspg_plugin_quarantined{table="things"} 0"#))
    }

    @Test("a processor uses its newest version at once")
    func processor() async throws {
        let plugins = try PluginFolderFixture(role: .processor)
        defer { plugins.remove() }
        try await plugins.add("things.so", [#"SCHEMA_VERSION="2""#])
        _ = await plugins.host.start()
        #expect(version(plugins) == 2)
    }
}
