// What a host tells the tools of its machine.
import PluginHost
import Testing

@Suite("Host files")
struct PluginHostFileTests {
    @Test("a version that waits for processors is told beside the one in service, until it goes into service itself")
    func waiting() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        func told() -> [PluginHostFile.Table] {
            PluginHostFile.running(under: plugins.root + "/state").flatMap(\.tables)
        }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        #expect(told().map(\.isWaiting) == [false])
        try await plugins.add("things.so", [#"VERSION="1.1.0""#, #"SCHEMA_VERSION="2""#])
        _ = await plugins.host.reload()
        #expect(told().map(\.version) == ["1.0.0", "1.1.0"])
        #expect(told().map(\.isWaiting) == [false, true])
        await plugins.host.setAgreement(["things": ActiveSchema(version: 2, highest: 2)])
        #expect(told().map(\.version) == ["1.1.0"])
        #expect(told().map(\.isWaiting) == [false])
    }
}
