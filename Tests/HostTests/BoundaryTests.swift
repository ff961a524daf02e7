// What the hosts' sources may not have in them.
import Foundation
import Testing

@Suite("Boundaries")
struct BoundaryTests {
    @Test("nothing of the hosts names a table")
    func tables() throws {
        let root = URL(filePath: #filePath).appending(path: "../../..").standardized
        let plugins = try FileManager.default.contentsOfDirectory(
            atPath: root.appending(path: "Plugins").path(percentEncoded: false)
        )
        .map { $0.lowercased() }
        #expect(plugins.contains("users") && plugins.contains("orders"))
        let sources = root.appending(path: "Sources/Host")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var count = 0
        for case let file as URL in files where ["swift", "c", "h"].contains(file.pathExtension) {
            let words = try String(contentsOf: file, encoding: .utf8).lowercased()
                .split { !$0.isLetter && !$0.isNumber && $0 != "_" }
            count += 1
            for plugin in plugins where words.contains(Substring(plugin)) {
                Issue.record("\(file.lastPathComponent) names \(plugin)")
            }
        }
        #expect(count > 300)
    }
}
