// Dropping, replacing and removing plugins while a host runs.
import Foundation
import JSON
import Operations
import PluginHost
import Tables
import Testing

@Suite("Reload")
struct ReloadTests {
    @Test("loaded, unchanged, replaced, removed")
    func lifeCycle() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        #expect(await plugins.host.start().outcomes.isEmpty)
        try await plugins.add("things.so")
        var report = await plugins.host.reload()
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .loaded)
        report = await plugins.host.reload()
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .unchanged)
        let before = try #require(plugins.host.tables.table("things"))
        try await plugins.add("things.so", [#"TABLE="other_things""#])
        report = await plugins.host.reload()
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .replaced)
        #expect(plugins.host.tables.all.map(\.descriptor.name) == ["other_things"])
        // Who holds the old generation may go on using it.
        let good = #"{"name":"good"}"#
        try before.validate(
            kind: .create, entityID: "x", body: try JSONDocument(parsing: good).root, bytes: Array(good.utf8),
            for: .host)
        try FileManager.default.removeItem(atPath: plugins.folder + "/things.so")
        report = await plugins.host.reload()
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .removed)
        #expect(plugins.host.tables.all.isEmpty)
    }

    @Test("a file that gets another name goes on serving its table")
    func renamed() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things-1.so")
        _ = await plugins.host.start()
        try FileManager.default.moveItem(
            atPath: plugins.folder + "/things-1.so", toPath: plugins.folder + "/things-2.so")
        let report = await plugins.host.reload()
        #expect(PluginFolderFixture.outcome("things-2.so", in: report) == .loaded)
        #expect(PluginFolderFixture.outcome("things-1.so", in: report) == .removed)
        #expect(plugins.host.tables.table("things")?.plugin.file == "things-2.so")
    }

    @Test("a table may move between two files that are both replaced, whichever comes first")
    func moved() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("a.so", [#"TABLE="others""#])
        try await plugins.add("b.so")
        _ = await plugins.host.start()
        try await plugins.add("a.so", [#"VERSION="1.0.1""#])
        try await plugins.add("b.so", [#"TABLE="rest""#])
        let report = await plugins.host.reload()
        for file in ["a.so", "b.so"] { #expect(PluginFolderFixture.outcome(file, in: report) == .replaced) }
        #expect(plugins.host.tables.all.map(\.descriptor.name).sorted() == ["rest", "things"])
        #expect(plugins.host.tables.table("things")?.plugin.file == "a.so")
    }

    @Test("a replacement that fails leaves the one before it in service")
    func failedReplacement() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        try await plugins.add("things.so", ["TRAP_IN_REGISTER"])
        let report = await plugins.host.reload()
        #expect(PluginFolderFixture.reason("things.so", in: report).contains("crashed"))
        #expect(plugins.host.tables.table("things") != nil)
    }

    @Test("plugins are tried at once: four that never return take the time of one")
    func trialsAtOnce() async throws {
        let plugins = try PluginFolderFixture(probeTimeout: .seconds(5))
        defer { plugins.remove() }
        for number in 0..<4 {
            try await plugins.add("loop\(number).so", ["LOOP_IN_CONSTRUCTOR", #"TABLE="loop\#(number)""#])
        }
        try await plugins.add("things.so")
        try await Task.sleep(for: .milliseconds(250))
        let start = ContinuousClock.now
        let report = await plugins.host.start()
        // One after another they take 20 s.
        #expect(ContinuousClock.now - start < .seconds(15))
        #expect(report.outcomes.count == 5)
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .loaded)
    }

    @Test("what a plugin reports has code, message and place")
    func rejection() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        let table = try #require(plugins.host.tables.table("things"))
        let bad = #"{"name":"bad"}"#
        let json = try JSONDocument(parsing: bad).root
        do throws(PluginRejection) {
            try table.validate(kind: .create, entityID: "x", body: json, bytes: Array(bad.utf8), for: .host)
            Issue.record("it was accepted")
        } catch {
            #expect(
                error.errors == [
                    FieldError(pointer: "/name", code: "bad_name", message: "The name must not be bad.")
                ])
            #expect(!error.isFault)
        }
    }

    @Test("with PLUGIN_WATCH a new file is loaded by itself")
    func watched() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        _ = await plugins.host.start()
        let watch = PluginWatch(plugins.folder, isOn: true, interval: .milliseconds(50)) {
            _ = await plugins.host.reload()
        }
        let watching = Task { try await watch.run() }
        defer { watching.cancel() }
        try await plugins.add("things.so")
        let deadline = ContinuousClock.now + .seconds(10)
        while plugins.host.tables.table("things") == nil && ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(plugins.host.tables.table("things") != nil)
    }

    @Test("a host that finds a file broken at start uses the one that worked last")
    func lastKnownGood() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        try await plugins.add("things.so")
        _ = await plugins.host.start()
        try Data("no plugin".utf8).write(to: URL(filePath: plugins.folder + "/things.so"))
        let restarted = plugins.restarted()
        var report = await restarted.start()
        #expect(PluginFolderFixture.reason("things.so", in: report).contains("no shared object"))
        #expect(PluginFolderFixture.reason("things.so", in: report).contains("worked last"))
        #expect(restarted.tables.table("things") != nil)
        // What was taken out on purpose stays out.
        try FileManager.default.removeItem(atPath: plugins.folder + "/things.so")
        report = await plugins.restarted().start()
        #expect(report.outcomes.isEmpty)
    }
}
