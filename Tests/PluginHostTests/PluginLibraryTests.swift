// Libraries that plugins need.
import Foundation
import Testing

@testable import PluginHost

@Suite("Libraries of plugins")
struct PluginLibraryTests {
    /// The libraries that a file in the folder names.
    private func needed(by file: String, in plugins: PluginFolderFixture) throws -> [String] {
        try ELFImage([UInt8](Data(contentsOf: URL(filePath: "\(plugins.folder)/\(file)")))).neededLibraries
    }

    @Test("a library of the Swift runtime that no host has mapped is found beside the others, in the trial as well")
    func runtimeLibrary() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        let runtime = try #require(SwiftRuntime.folder)
        // Without a run path, as where the toolchain's folder is not there.
        try await plugins.add("things.so", libraries: ["\(runtime)/libswiftRegexBuilder.so"])
        #expect(try needed(by: "things.so", in: plugins).contains("libswiftRegexBuilder.so"))
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.reason("things.so", in: report) == "")
    }
}
