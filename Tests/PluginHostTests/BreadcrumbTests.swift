// What a process notes of the plugins that it calls.
import Testing

@testable import PluginHost

@Suite("Breadcrumbs")
struct BreadcrumbTests {
    @Test("a generation that is named again, as by a file that each reload refuses, takes no second entry")
    func entries() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        _ = await plugins.host.start()
        func entry(_ table: String, _ file: String) -> UInt32 {
            plugins.host.faults.calls(hash: "breadcrumbs", table: table, file: file, counters: PluginCallCounters())
                .entry
        }
        let first = entry("a", "a.so")
        #expect(entry("b", "a.so") != first && entry("a", "b.so") != first)
        #expect(entry("a", "a.so") == first)
    }
}
