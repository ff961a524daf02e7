// Which folders hosts load from.
import Foundation
import PluginHost
import Testing

@Suite("Plugin admission")
struct PluginAdmissionTests {
    @Test("who installs a plugin hears at once that hosts would not load from the folder")
    func folder() throws {
        let root = NSTemporaryDirectory() + "jspg-admission-\(UUID().uuidString.prefix(8))"
        let (folder, state) = (root + "/plugins", root + "/state")
        for path in [folder, state] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(atPath: root) }
        func reason() -> String {
            do {
                try PluginAdmission.checkFolder(folder, ofHostsWith: state)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(reason() == "")
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
        #expect(reason().contains("chmod go-w"))
        try FileManager.default.removeItem(atPath: folder)
        #expect(reason().contains("can't be opened"))
    }
}
