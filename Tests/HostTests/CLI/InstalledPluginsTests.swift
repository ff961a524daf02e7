// Files of a plugin folder.
import Foundation
import Testing

@testable import CLI

@Suite("Installed plugins")
struct InstalledPluginsTests {
    @Test("a plugin is named with and without .so", arguments: ["invoices", "invoices.so"])
    func names(name: String) throws {
        #expect(try InstalledPlugins.file(named: name) == "invoices.so")
    }

    @Test(
        "names that hosts would not look at",
        arguments: ["", ".so", ".invoices", "../invoices", "a/b.so", String(repeating: "n", count: 98)])
    func badNames(name: String) {
        #expect(throws: CommandFailure.self) { try InstalledPlugins.file(named: name) }
    }

    @Test("install says whether there was anything to replace, rollback of a file that is not there which there are")
    func putAndRollBack() throws {
        let folder = NSTemporaryDirectory() + "jspg-installed-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let source = folder + "/source"
        try Data("plugin".utf8).write(to: URL(filePath: source))
        let plugins = InstalledPlugins(folder: folder)
        #expect(try plugins.put(source, as: "invoices.so"))
        #expect(try !plugins.put(source, as: "invoices.so"))
        let absent = #expect(throws: CommandFailure.self) { try plugins.rollBack("invoice.so") }
        #expect(absent?.description.contains("no invoice.so in \(folder), which has invoices.so") == true)
        let single = #expect(throws: CommandFailure.self) { try plugins.rollBack("invoices.so") }
        #expect(single?.description.contains("no file before invoices.so") == true)
    }
}
