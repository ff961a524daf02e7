// When a changed folder counts as changed.
import Foundation
import Testing

@testable import PluginHost

@Suite("Changes of the plugin folder")
struct FolderChangesTests {
    private func file(_ name: String, modified: Int64 = 0) -> FolderChanges.File {
        FolderChanges.File(name: name, inode: 1, size: 1, modified: modified, changed: modified)
    }

    @Test("a change counts once, when two looks agree")
    func quiet() {
        var changes = FolderChanges()
        var answers = [changes.observe([file("a.so")]), changes.observe([file("a.so")])]
        for modified in 1...3 { answers.append(changes.observe([file("a.so", modified: Int64(modified))])) }
        answers.append(changes.observe([file("a.so", modified: 3)]))
        answers.append(changes.observe([file("a.so", modified: 3)]))
        #expect(answers == [false, true, false, false, false, true, false])
    }

    @Test("a change that was taken back is none; a removed file is one")
    func takenBack() {
        var changes = FolderChanges()
        var answers = [changes.observe([file("a.so")]), changes.observe([file("a.so")])]
        answers.append(changes.observe([]))
        answers.append(changes.observe([file("a.so")]))
        answers.append(changes.observe([file("a.so")]))
        answers.append(changes.observe([]))
        answers.append(changes.observe([]))
        #expect(answers == [false, true, false, false, false, false, true])
    }

    @Test("permissions and the lock are looked at as well")
    func admission() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try Data("x".utf8).write(to: URL(filePath: plugins.folder + "/a.so"))
        var looks = [FolderChanges.files(plugins.folder)]
        try await Task.sleep(for: .milliseconds(20))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: plugins.folder + "/a.so")
        looks.append(FolderChanges.files(plugins.folder))
        try PluginLock().write(folder: plugins.folder)
        looks.append(FolderChanges.files(plugins.folder))
        #expect(Set(looks).count == 3)
    }
}
