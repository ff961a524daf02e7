// Names that `jspg plugin new` refuses, since nothing would come of them.
import Foundation
import Testing

@testable import CLI

@Suite("Names of new plugins")
struct PluginTemplateNameTests {
    private func refusal(of name: String) -> String? {
        do {
            _ = try PluginTemplate(name: name, dependency: .path("/x"))
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "tables that hosts would refuse",
        arguments: ["Status", "Events", "Tables", "Metrics", "Health", "Jspg", "WriteOperations", "WritePartitions"])
    func tables(name: String) {
        #expect(refusal(of: name)?.contains("the hosts use \(PluginTemplate.snakeCase(name))") == true)
    }

    @Test(
        "types that the package calls by name", arguments: ["Column", "Operations", "String", "Input", "Test", "Self"])
    func types(name: String) {
        #expect(refusal(of: name)?.contains("choose another (My\(name))") == true)
    }

    @Test(
        "modules that the package would have twice",
        arguments: ["PluginAPI", "Testing", "Foundation", "JSON", "Logging", "Collections", "NIOCore"])
    func modules(name: String) {
        #expect(refusal(of: name)?.contains("module already") == true)
    }

    @Test("plugins that jspg brings")
    func plugins() {
        #expect(throws: CommandFailure.self) {
            try PluginTemplate(name: "Guests", dependency: .path("/x"), plugins: ["Guests"])
        }
        #expect(refusal(of: "Guests") == nil)
    }

    @Test("every target of Package.swift but the plugins")
    func targets() throws {
        let tests = URL(filePath: #filePath).appending(path: "../../..").standardized
        let manifest = try String(
            contentsOf: tests.deletingLastPathComponent().appending(path: "Package.swift"), encoding: .utf8)
        let calls = [
            "host(", "executable(", "cLibrary(", ".target(name:", ".executableTarget(name:", ".systemLibrary(name:",
        ]
        // Between quotation marks: text of the manifest, a string, text of the manifest, and so on.
        let parts = manifest.components(separatedBy: "\"")
        var names: [String] = []
        for index in stride(from: 1, to: parts.count, by: 2) {
            let before = parts[index - 1].filter { !$0.isWhitespace }
            if calls.contains(where: { before.hasSuffix($0) }) { names.append(parts[index]) }
        }
        #expect(names.count > 30 && names.contains("PluginHost") && names.contains("CPluginABI"))
        for name in names { #expect(refusal(of: name) != nil, "\(name)") }
    }

    @Test("others that are much like these", arguments: ["Statuses", "MyStatus", "Columns", "Event"])
    func good(name: String) {
        #expect(refusal(of: name) == nil)
    }
}
