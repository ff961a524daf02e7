// Built plugins in a stack's plugin folder.
import Foundation
import Stack
import Testing

@Suite("Installing built plugins")
struct PluginInstallerTests {
    private func withFolders(_ body: (_ build: String, _ folder: String) throws -> Void) throws {
        let root = NSTemporaryDirectory() + "jspg-installed-\(UUID().uuidString.prefix(8))"
        let build = root + "/build"
        try FileManager.default.createDirectory(atPath: build, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        try Data("new".utf8).write(to: URL(filePath: build + "/libThings.so"))
        try body(build, root + "/plugins")
    }

    @Test("what could not be put there is put there the next time")
    func interrupted() throws {
        try withFolders { build, folder in
            let target = folder + "/things.so"
            // In the way, as the end of the process is between two steps.
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            #expect(throws: StackError.self) { try PluginInstaller.install(from: build, into: folder) }
            try FileManager.default.removeItem(atPath: target)
            try Data("old".utf8).write(to: URL(filePath: target))
            #expect(try PluginInstaller.install(from: build, into: folder) == [target])
            #expect(FileManager.default.contents(atPath: target) == Data("new".utf8))
        }
    }

    @Test("what was put there once is not put there again: somebody may have rolled it back")
    func rolledBack() throws {
        try withFolders { build, folder in
            let target = folder + "/things.so"
            #expect(try PluginInstaller.install(from: build, into: folder) == [target])
            try Data("old".utf8).write(to: URL(filePath: target))
            #expect(try PluginInstaller.install(from: build, into: folder).isEmpty)
            #expect(FileManager.default.contents(atPath: target) == Data("old".utf8))
        }
    }
}
