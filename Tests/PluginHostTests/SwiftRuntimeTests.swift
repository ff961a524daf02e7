// Which Swift a host and a plugin are of.
import Foundation
import Testing

@testable import PluginHost

@Suite("Swift runtime")
struct SwiftRuntimeTests {
    @Test("a plugin that this compiler built belongs to a host that it built")
    func sameCompiler() throws {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let plugin = URL(filePath: program).deletingLastPathComponent().appending(path: "libUsers.so")
        let image = try ELFImage([UInt8](Data(contentsOf: plugin)))
        #expect(image.neededLibraries.contains("libswiftCore.so"))
        try PluginRules.check(image) { _ in true }
    }

    @Test(
        "its folder is found in a line of /proc/self/maps, whatever is in the path",
        arguments: [
            ("7f00-7f01 r-xp 00000000 08:01 42    /usr/lib/swift/linux/libswiftCore.so\n", "/usr/lib/swift/linux"),
            ("7f00-7f01 r-xp 00000000 08:01 42    /opt/my swift/libswiftCore.so\n", "/opt/my swift"),
            ("7f00-7f01 r-xp 00000000 08:01 42    /opt/swift/libswiftCore.so (deleted)\n", "/opt/swift"),
            ("7f00-7f01 r-xp 00000000 08:01 42    /usr/lib/libc.so.6\n", nil),
            ("7f00-7f01 rw-p 00000000 00:00 0\n", nil),
        ] as [(String, String?)])
    func folder(line: String, folder: String?) {
        #expect(SwiftRuntime.folder(mappedBy: line) == folder)
    }
}
