// Plugins that are wrong, each in one way: what is said, and that the others go on.
import Foundation
import Operations
import PluginHost
import Tables
import Testing

@Suite("Bad plugins")
struct BadPluginTests {
    @Test(
        "a plugin that is wrong is refused with its reason, and takes no other down",
        arguments: [
            ("OTHER_ABI", "host speaks ABI 1.0, the plugin was built for 2.0"),
            ("NO_NOTE", "no .note.jspg"),
            ("NO_ENTRY", "does not export jspg_plugin_register"),
            ("EXTRA_EXPORT", "something_else"),
            ("INVALID_DESCRIPTOR", "descriptor is invalid"),
            ("MISSING_FUNCTION", "no_such_function"),
            ("DERIVED_BY_NOBODY", "its column version is derived, and nothing sets it"),
            ("TRAP_IN_REGISTER", "crashed in its entry"),
            ("EXIT_IN_REGISTER", "ended the process with exit status 0 in its entry"),
            ("ALLOCATE_IN_REGISTER", "crashed in its entry"),
            ("LOOP_IN_CONSTRUCTOR", "took longer than 5 s while it was loaded"),
            ("REJECT_IN_SILENCE", "its function validate rejects a body and reports no error"),
            ("FAILING_SELF_TEST", "two and two are five"),
        ])
    func refused(macro: String, message: String) async throws {
        let plugins = try PluginFolderFixture(probeTimeout: .seconds(macro == "LOOP_IN_CONSTRUCTOR" ? 5 : 20))
        defer { plugins.remove() }
        try await plugins.add("bad.so", [macro, #"TABLE="bad_things""#])
        try await plugins.add("good.so")
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.reason("bad.so", in: report).contains(message))
        #expect(PluginFolderFixture.outcome("good.so", in: report) == .loaded)
        #expect(plugins.host.tables.all.map(\.descriptor.name) == ["things"])
    }

    @Test("a plugin that leaves its process group in the trial holds nobody up")
    func otherGroup() async throws {
        let plugins = try PluginFolderFixture(probeTimeout: .seconds(5))
        defer { plugins.remove() }
        try await plugins.add("bad.so", ["SLEEP_IN_ANOTHER_GROUP"])
        let began = ContinuousClock.now
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.reason("bad.so", in: report).contains("took longer than 5 s while it was loaded"))
        #expect(ContinuousClock.now - began < .seconds(40))
    }

    @Test("the trial calls prepare as hosts do: never for a delete")
    func prepareOfDelete() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so", ["STAMP_VERSION"])
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.reason("things.so", in: report) == "")
        #expect(plugins.host.tables.table("things")?.descriptor.operations.contains(.delete) == true)
    }

    @Test("files that are no plugins, or that somebody else may change")
    func files() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("good.so")
        try await plugins.add("whole.so", [#"TABLE="whole""#])
        let whole = try Data(contentsOf: URL(filePath: plugins.folder + "/whole.so"))
        func put(_ name: String, _ data: Data, mode: Int = 0o755) throws {
            let path = "\(plugins.folder)/\(name)"
            try data.write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        try put("text.so", Data("not a plugin at all, only text".utf8))
        try put("truncated.so", whole.prefix(whole.count / 2))
        var other = whole
        other[18] = 0xF3
        try put("other-machine.so", other)
        // Where the section headers begin, near the largest number there is.
        var beyond = whole
        beyond.replaceSubrange(40..<48, with: [0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
        try put("beyond.so", beyond)
        // Without the program header of the stack.
        var stackless = whole
        let stack = try #require(whole.range(of: Data([0x51, 0xE5, 0x74, 0x64])))
        stackless.replaceSubrange(stack, with: [0, 0, 0, 0])
        try put("stackless.so", stackless)
        try put("writable.so", whole, mode: 0o777)
        let long = String(repeating: "n", count: 98) + ".so"
        try put(long, whole)
        try FileManager.default.createSymbolicLink(
            atPath: plugins.folder + "/link.so", withDestinationPath: "/etc/passwd")
        try FileManager.default.removeItem(atPath: plugins.folder + "/whole.so")

        let report = await plugins.host.start()
        #expect(PluginFolderFixture.reason("text.so", in: report).contains("no shared object"))
        #expect(PluginFolderFixture.reason("truncated.so", in: report).contains("truncated"))
        #expect(PluginFolderFixture.reason("other-machine.so", in: report).contains("another machine"))
        #expect(PluginFolderFixture.reason("beyond.so", in: report).contains("section headers"))
        #expect(PluginFolderFixture.reason("stackless.so", in: report).contains("executable stack"))
        #expect(PluginFolderFixture.reason("writable.so", in: report).contains("chmod go-w"))
        #expect(PluginFolderFixture.reason("link.so", in: report).contains("symbolic link"))
        #expect(PluginFolderFixture.reason(long, in: report).contains("more than 100 bytes"))
        #expect(plugins.host.tables.all.map(\.descriptor.name) == ["things"])
    }

    @Test("two files with the same table: the one that had it keeps it over a restart, whatever their names")
    func duplicateTableAtStart() async throws {
        let plugins = try PluginFolderFixture(role: .gateway)
        defer { plugins.remove() }
        try await plugins.add("b.so")
        _ = await plugins.host.start()
        try await plugins.add("a.so", [#"VERSION="1.0.1""#])
        for report in [await plugins.host.reload(), await plugins.restarted().start()] {
            #expect(PluginFolderFixture.reason("a.so", in: report).contains("b.so serves already"))
            #expect(PluginFolderFixture.reason("b.so", in: report) == "")
        }
    }

    @Test("two files with the same table: the second is refused")
    func duplicateTable() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("a.so")
        try Data((try Data(contentsOf: URL(filePath: plugins.folder + "/a.so"))) + [0])
            .write(to: URL(filePath: plugins.folder + "/b.so"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: plugins.folder + "/b.so")
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.outcome("a.so", in: report) == .loaded)
        #expect(PluginFolderFixture.reason("b.so", in: report).contains("a.so serves already"))
    }
}
