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

    @Test(
        "a library of the system that no host has mapped is the system's, wherever the plugin's run path leads",
        arguments: ["librt.so.1", "libutil.so.1"])
    func runPath(name: String) async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        let (source, other, marker) = (plugins.root + "/other.c", "\(plugins.root)/\(name)", plugins.root + "/marker")
        try """
        #include <stdio.h>
        __attribute__((constructor)) static void tell(void) {
            FILE *file = fopen(MARKER, "w");
            if (file) fclose(file);
        }
        """.write(toFile: source, atomically: true, encoding: .utf8)
        try await plugins.compile(["-Wl,-soname,\(name)", #"-DMARKER="\#(marker)""#, "-o", other, source])
        try await plugins.add("things.so", libraries: [other, "-Wl,-rpath,\(plugins.root)"])
        #expect(try needed(by: "things.so", in: plugins).contains(name))
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.reason("things.so", in: report) == "")
        #expect(!FileManager.default.fileExists(atPath: marker))
    }

    @Test("a library that no host has is refused by its name, although it lies in the plugin's run path")
    func unknown() async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        let (source, other) = (plugins.root + "/other.c", plugins.root + "/libother.so")
        try "int other;".write(toFile: source, atomically: true, encoding: .utf8)
        try await plugins.compile(["-Wl,-soname,libother.so", "-o", other, source])
        try await plugins.add("things.so", libraries: [other, "-Wl,-rpath,\(plugins.root)"])
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.reason("things.so", in: report).contains("it needs libother.so"))
    }
}
