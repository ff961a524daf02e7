// Starts at which plugins can't be loaded that are needed.
import Foundation
import PluginHost
import Testing

@Suite("Refused starts")
struct RefusedStartTests {
    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    private func chmod(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test("a folder that is refused: every table may be missing, and what worked last is not forgotten")
    func refusedFolder() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        #expect(!plugins.host.tables.mayLackTables)

        try chmod(0o777, plugins.folder)
        let restarted = plugins.restarted()
        var report = await restarted.start()
        #expect(PluginFolderFixture.reason(plugins.folder, in: report).contains("others can write to"))
        #expect(restarted.tables.all.isEmpty && restarted.tables.mayLackTables)
        // The same while the host runs takes nothing out of service.
        _ = await plugins.host.reload()
        #expect(plugins.host.tables.table("things") != nil && !plugins.host.tables.mayLackTables)

        // Mended, but for the file.
        try chmod(0o755, plugins.folder)
        try write("no plugin", to: plugins.folder + "/things.so")
        report = await restarted.reload()
        #expect(PluginFolderFixture.reason("things.so", in: report).contains("worked last"))
        #expect(restarted.tables.table("things") != nil && !restarted.tables.mayLackTables)
    }

    @Test("a lock that can't be read is like a folder that is refused")
    func brokenLock() async throws {
        let plugins = try PluginFolderFixture(role: .readAPI)
        defer { plugins.remove() }
        try await plugins.add("things.so")
        try write("nonsense", to: plugins.folder + "/plugins.lock")
        _ = await plugins.host.start()
        #expect(plugins.host.tables.mayLackTables)
        try FileManager.default.removeItem(atPath: plugins.folder + "/plugins.lock")
        _ = await plugins.host.reload()
        #expect(plugins.host.tables.table("things") != nil && !plugins.host.tables.mayLackTables)
    }

    @Test("a folder that is missing lacks nothing, and what worked last is not forgotten")
    func missingFolder() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        try FileManager.default.moveItem(atPath: plugins.folder, toPath: plugins.folder + "-away")
        let restarted = plugins.restarted()
        let report = await restarted.start()
        #expect(!report.isComplete && restarted.tables.all.isEmpty && !restarted.tables.mayLackTables)
        try FileManager.default.moveItem(atPath: plugins.folder + "-away", toPath: plugins.folder)
        try write("no plugin", to: plugins.folder + "/things.so")
        _ = await restarted.reload()
        #expect(restarted.tables.table("things") != nil)
    }

    @Test("a file that nothing is in service of may bring any table; one replaced in vain, or a double, does not")
    func refusedFiles() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        try await plugins.add("things.so", ["TRAP_IN_REGISTER"])
        try await plugins.add("twice.so", [#"VERSION="1.0.1""#])
        var report = await plugins.host.reload()
        #expect(PluginFolderFixture.reason("things.so", in: report).contains("crashed"))
        #expect(PluginFolderFixture.reason("twice.so", in: report).contains("serves already"))
        #expect(!plugins.host.tables.mayLackTables)

        try await plugins.add("bad.so", ["TRAP_IN_REGISTER", #"TABLE="bad_things""#])
        report = await plugins.host.reload()
        #expect(PluginFolderFixture.reason("bad.so", in: report).contains("crashed"))
        #expect(plugins.host.tables.mayLackTables)
        try FileManager.default.removeItem(atPath: plugins.folder + "/bad.so")
        _ = await plugins.host.reload()
        #expect(!plugins.host.tables.mayLackTables)
    }

    @Test("what worked last and can't be loaded now may be loaded later")
    func laterFallback() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        try write("no plugin", to: plugins.folder + "/things.so")
        let copies = plugins.root + "/state/plugins"
        let names = try FileManager.default.contentsOfDirectory(atPath: copies)
        let name = try #require(names.first { $0.hasPrefix("things-") && $0.hasSuffix(".so") })
        // Not written over: it is mapped.
        try FileManager.default.moveItem(atPath: "\(copies)/\(name)", toPath: "\(copies)/away")
        try write("damaged", to: "\(copies)/\(name)")
        let restarted = plugins.restarted()
        let report = await restarted.start()
        #expect(PluginFolderFixture.reason("things.so", in: report).contains("is damaged"))
        #expect(restarted.tables.all.isEmpty && restarted.tables.mayLackTables)
        try FileManager.default.removeItem(atPath: "\(copies)/\(name)")
        try FileManager.default.moveItem(atPath: "\(copies)/away", toPath: "\(copies)/\(name)")
        _ = await restarted.reload()
        #expect(restarted.tables.table("things") != nil && !restarted.tables.mayLackTables)
    }
}
