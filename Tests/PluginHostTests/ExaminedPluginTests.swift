// What a host keeps of a file until it is loaded.
import Foundation
import Testing

@testable import PluginHost

@Suite("Examined plugins")
struct ExaminedPluginTests {
    @Test("the content of a file is not kept: a start may find hundreds")
    func content() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so")
        let store = try PluginStore(stateDirectory: plugins.root + "/state")
        let stored = try store.copy(plugins.folder + "/things.so")
        let examined = try plugins.host.examine(stored, file: "things.so")
        #expect(examined.hash == stored.hash && examined.path == stored.path)
        #expect(examined.image.exports.contains { $0.name == PluginRules.entry })
        // A line for each value in it, each byte of an array among them.
        var values = ""
        dump(examined, to: &values)
        #expect(values.utf8.count(where: { $0 == UInt8(ascii: "\n") }) < stored.bytes.count / 10)
    }
}
