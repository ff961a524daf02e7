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
        arguments: [
            "PluginAPI", "Testing", "Foundation", "JSON", "Logging", "Collections", "NIOCore",
        ])
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

    @Test("every module that comes with Swift")
    func modulesOfSwift() throws {
        // The tests run with the toolchain's own runtime.
        // Its size says 0, and one read gives a page or two of it.
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/maps"))
        let maps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        let line = try #require(maps.split(separator: "\n").first { $0.hasSuffix("/libswiftCore.so") })
        let slash = try #require(line.firstIndex(of: "/"))
        let path = line[slash...]
        let folder = String(path.dropLast("/libswiftCore.so".count))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".swiftmodule") }.map { String($0.dropLast(".swiftmodule".count)) }
        #expect(names.contains("FoundationNetworking") && names.contains("Dispatch"))
        for name in names { #expect(refusal(of: name) != nil, "\(name)") }
    }

    @Test("every target of Package.swift but the plugins, wherever the package is")
    func targets() throws {
        let tests = URL(filePath: #filePath).appending(path: "../../..").standardized
        let manifest = try String(
            contentsOf: tests.deletingLastPathComponent().appending(path: "Package.swift"), encoding: .utf8)
        let calls = [
            "host(", "executable(", "cLibrary(", ".target(name:", ".executableTarget(name:",
            ".systemLibrary(name:",
        ]
        // Between quotation marks: text of the manifest, a string, text of the manifest, and so on.
        let parts = manifest.components(separatedBy: "\"")
        var names: [String] = []
        for index in stride(from: 1, to: parts.count, by: 2) {
            let before = parts[index - 1].filter { !$0.isWhitespace }
            if calls.contains(where: { before.hasSuffix($0) }) { names.append(parts[index]) }
        }
        #expect(names.count > 30 && names.contains("PluginHost"))
        for name in names { #expect(refusal(of: name) != nil, "\(name)") }
    }

    @Test("others that are much like these", arguments: ["Statuses", "MyStatus", "Columns", "Event"])
    func good(name: String) {
        #expect(refusal(of: name) == nil)
    }
}
