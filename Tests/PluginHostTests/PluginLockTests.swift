// plugins.lock: its text, and what hosts make of it.
import Foundation
import Glibc
import PluginHost
import Stack
import Testing

@Suite("Plugin lock")
struct PluginLockTests {
    private func hash(_ file: String, in plugins: PluginFolderFixture) throws -> String {
        PluginIdentity.hash(of: try Data(contentsOf: URL(filePath: "\(plugins.folder)/\(file)")))
    }

    private func write(_ hashes: [String], in plugins: PluginFolderFixture) throws {
        try PluginLock(hashes.map { PluginLock.Entry(hash: $0, name: "Things", version: "1.0.0") })
            .write(folder: plugins.folder)
    }

    @Test("what is written is read again; comments and empty lines are passed over")
    func text() throws {
        let lock = PluginLock([
            .init(hash: String(repeating: "a", count: 64), name: "Things", version: "1.0.0"),
            .init(hash: String(repeating: "b", count: 64), name: "Others", version: "2.0.0-beta"),
        ])
        let read = try PluginLock(parsing: "\n# by hand\n" + lock.text + "\n")
        #expect(Set(read.entries) == Set(lock.entries))
        #expect(read.admits(String(repeating: "a", count: 64)) && !read.admits(String(repeating: "c", count: 64)))
    }

    @Test("a file takes the place of the one that it replaces, and of no other of its name")
    func replaced() {
        func entry(_ letter: String) -> PluginLock.Entry {
            PluginLock.Entry(hash: String(repeating: letter, count: 64), name: "Things", version: "1.0.0")
        }
        var lock = PluginLock()
        for letter in ["a", "b", "b"] { lock.add(entry(letter)) }
        #expect(lock.entries == [entry("a"), entry("b")])
        lock.add(entry("c"), replacing: entry("a").hash)
        lock.add(entry("c"), replacing: entry("c").hash)
        #expect(lock.entries == [entry("b"), entry("c")])
    }

    @Test("whatever the umask, hosts that run as another user can read the lock, and nobody else can write it")
    func permissions() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so")
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let tool = URL(filePath: program).deletingLastPathComponent().path() + "jspg"
        for umask in ["077", "000"] {
            let process = try await ChildProcess.start(
                ChildCommand(
                    "/bin/sh",
                    [
                        "-c", #"umask \#(umask) && exec "$0" plugin lock --plugin-dir "$1""#, tool, plugins.folder,
                    ], logFile: plugins.root + "/lock.log"))
            #expect(await process.exit() == .status(0), "\(process.logTail())")
            var info = stat()
            guard stat(plugins.folder + "/plugins.lock", &info) == 0 else { throw StackError("there is no lock") }
            #expect(info.st_mode & 0o777 == 0o644)
        }
    }

    @Test(
        "a line that is wrong is named",
        arguments: ["abc  Things  1.0.0", "Things", "\(String(repeating: "a", count: 64)) x"])
    func wrongLine(line: String) {
        #expect {
            try PluginLock(parsing: "# one\n\(line)\n")
        } throws: { error in
            "\(error)".contains("line 2 of plugins.lock")
        }
    }

    @Test("where it can't be told whether there is a lock, nobody takes it that there is none")
    func unknown() throws {
        #expect(try PluginLock.read(folder: NSTemporaryDirectory() + UUID().uuidString) == nil)
        // ENOTDIR, which root sees as well.
        #expect {
            try PluginLock.read(folder: "/proc/self/exe")
        } throws: { error in
            "\(error)".contains("can't be told") && "\(error)".contains("/proc/self/exe/plugins.lock")
        }
    }

    @Test("a lock that is a link to nowhere keeps everything out")
    func deadLink() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so")
        try FileManager.default.createSymbolicLink(
            atPath: plugins.folder + "/plugins.lock", withDestinationPath: plugins.root + "/nowhere")
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.reason(plugins.folder, in: report).contains("symbolic link"))
        #expect(plugins.host.tables.all.isEmpty)
    }

    @Test("a plugin that the lock does not list is refused, and one that has left it leaves service")
    func holds() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so")
        try await plugins.add("others.so", [#"TABLE="others""#])
        let listed = try hash("things.so", in: plugins)
        try write([listed], in: plugins)
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .loaded)
        let reason = PluginFolderFixture.reason("others.so", in: report)
        let missing = try hash("others.so", in: plugins)
        #expect(reason.contains(missing) && reason.contains("jspg plugin lock"))

        // A new file that the lock does not list yet: the one before it is still listed and stays.
        try await plugins.add("things.so", [#"VERSION="1.0.1""#])
        var again = await plugins.host.reload()
        #expect(PluginFolderFixture.reason("things.so", in: again).contains("not in plugins.lock"))
        #expect(plugins.host.tables.table("things") != nil)

        try write([missing], in: plugins)
        again = await plugins.host.reload()
        #expect(PluginFolderFixture.outcome("others.so", in: again) == .loaded)
        #expect(plugins.host.tables.table("things") == nil)
    }

    @Test("a check of a file in the folder says what hosts would: its name and the lock count")
    func check() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("things.so")
        #expect(plugins.check("things.so").failure == nil)
        for (name, reason) in [
            (".things.so", "begins with a dot"), (String(repeating: "n", count: 98) + ".so", "more than 100 bytes"),
        ] {
            try FileManager.default.copyItem(
                atPath: plugins.folder + "/things.so", toPath: "\(plugins.folder)/\(name)")
            #expect(plugins.check(name).failure?.contains(reason) == true)
        }
        try write([String(repeating: "a", count: 64)], in: plugins)
        #expect(plugins.check("things.so").failure?.contains("is not in plugins.lock") == true)
        try write([hash("things.so", in: plugins)], in: plugins)
        #expect(plugins.check("things.so").failure == nil)
    }

    @Test(
        "with PLUGIN_ADMISSION=lock a file that others may write is loaded if it is listed, and nothing without a lock")
    func standsForOwnership() async throws {
        let plugins = try PluginFolderFixture(isAdmittedByLock: true)
        defer { plugins.remove() }
        try await plugins.add("things.so")
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: plugins.folder + "/things.so")
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: plugins.folder)
        var report = await plugins.host.start()
        #expect(report.outcomes.map(\.file) == [plugins.folder])
        #expect(plugins.host.tables.all.isEmpty)
        try write([hash("things.so", in: plugins)], in: plugins)
        report = await plugins.host.reload()
        #expect(PluginFolderFixture.outcome("things.so", in: report) == .loaded)

        // The lock itself must be trusted.
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o666], ofItemAtPath: plugins.folder + "/plugins.lock")
        report = await plugins.host.reload()
        #expect(PluginFolderFixture.reason(plugins.folder, in: report).contains("others can write to"))
        #expect(plugins.host.tables.table("things") != nil)
    }
}
