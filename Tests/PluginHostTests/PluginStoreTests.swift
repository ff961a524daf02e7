// Private copies and verdicts: what is kept, and what is cleaned away.
import Foundation
import PluginHost
import Testing

@Suite("Plugin store")
struct PluginStoreTests {
    private func contents(_ plugins: PluginFolderFixture) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: plugins.root + "/state/plugins").sorted()
    }

    private func makeOld(_ name: String, in plugins: PluginFolderFixture) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -8 * 86_400)],
            ofItemAtPath: "\(plugins.root)/state/plugins/\(name)")
    }

    @Test("a file that passed its trial is not tried again by the next host; another content is")
    func verdicts() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        let count = plugins.root + "/count"
        try await plugins.add("things.so", [#"COUNT_SELF_TESTS="\#(count)""#])
        func trials() -> Int { (try? String(contentsOfFile: count, encoding: .utf8).count) ?? 0 }
        _ = await plugins.host.start()
        #expect(trials() == 1)
        let report = await plugins.restarted().start()
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .loaded)
        #expect(trials() == 1)
        try await plugins.add("things.so", [#"COUNT_SELF_TESTS="\#(count)""#, #"VERSION="1.1.0""#])
        _ = await plugins.host.reload()
        #expect(trials() == 2)
    }

    @Test("copies that nobody has used for a week go at the next start; what is in service or worked last stays")
    func cleaning() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        let kept = try contents(plugins).filter { $0.hasPrefix("things-") }
        #expect(kept.count == 1)
        try FileManager.default.copyItem(
            atPath: plugins.folder + "/things.so", toPath: plugins.root + "/state/plugins/\(dotted(kept[0]))")
        for name in ["old-0123456789abcdef.so", "young-0123456789abcdef.so", ".123-0123456789abcdef"] {
            try Data("x".utf8).write(to: URL(filePath: "\(plugins.root)/state/plugins/\(name)"))
        }
        for name in kept + [dotted(kept[0]), "old-0123456789abcdef.so", ".123-0123456789abcdef"] {
            try makeOld(name, in: plugins)
        }
        // Gone from the folder, but what the host would fall back to.
        try FileManager.default.moveItem(atPath: plugins.folder + "/things.so", toPath: plugins.folder + "/things.off")
        try Data("broken".utf8).write(to: URL(filePath: plugins.folder + "/things.so"))
        _ = await plugins.restarted().start()
        let left = try contents(plugins)
        #expect(left.contains(kept[0]))
        #expect(left.contains(dotted(kept[0])))
        #expect(left.contains("young-0123456789abcdef.so"))
        #expect(!left.contains("old-0123456789abcdef.so"))
        #expect(!left.contains(".123-0123456789abcdef"))
    }

    /// The name of a copy with the same hash, of a file whose name has a dot in it.
    private func dotted(_ copy: String) -> String { copy.replacing("things-", with: "things-1.2-") }

    @Test("a copy that is half there, as after a power cut, is made anew")
    func damagedCopy() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        let name = try #require(contents(plugins).first { $0.hasPrefix("things-") })
        let path = "\(plugins.root)/state/plugins/\(name)"
        let whole = try Data(contentsOf: URL(filePath: path))
        // Another file, since the first one is mapped.
        try FileManager.default.removeItem(atPath: path)
        try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
        let report = await plugins.restarted().start()
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .loaded)
        #expect(try Data(contentsOf: URL(filePath: path)) == whole)
    }

    @Test("what a process with the same pid has left of a copy is in nobody's way")
    func leftover() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so")
        let hash = PluginIdentity.hash(of: try Data(contentsOf: URL(filePath: plugins.folder + "/things.so")))
        // A folder is in the way of root as well.
        try FileManager.default.createDirectory(
            atPath: "\(plugins.root)/state/plugins/.\(ProcessInfo.processInfo.processIdentifier)-\(hash.prefix(16))",
            withIntermediateDirectories: true)
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .loaded)
    }

    @Test("a folder of copies that others can write to is closed to them")
    func foreignCopies() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so")
        let copies = plugins.root + "/state/plugins"
        try FileManager.default.createDirectory(atPath: copies, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: copies)
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .loaded)
        #expect(try FileManager.default.attributesOfItem(atPath: copies)[.posixPermissions] as? Int == 0o700)
    }
}
