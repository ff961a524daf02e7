// Files of a plugin folder.
import Testing

@testable import CLI

@Suite("Installed plugins")
struct InstalledPluginsTests {
    @Test("a plugin is named with and without .so", arguments: ["invoices", "invoices.so"])
    func names(name: String) throws {
        #expect(try InstalledPlugins.file(named: name) == "invoices.so")
    }

    @Test("names that hosts would not look at", arguments: ["", ".so", ".invoices", "../invoices", "a/b.so"])
    func badNames(name: String) {
        #expect(throws: CommandFailure.self) { try InstalledPlugins.file(named: name) }
    }
}
