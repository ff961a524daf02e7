// The Swift runtime that this process uses.
import Glibc

/// Which Swift this host was built with, and where its runtime libraries are.
enum SwiftRuntime {
    /// The compiler's version by the same steps as PluginAPI's note of a plugin has it: what one compiler built belongs
    /// together, also where it is newer than all of them.
    static var compiler: (major: Int, minor: Int) {
        #if compiler(>=6.4)
            (6, 4)
        #else
            (6, 3)
        #endif
    }

    /// The folder of `libswiftCore.so` as this process has mapped it; `nil` where the runtime is linked statically.
    static let folder: String? = {
        guard let file = fopen("/proc/self/maps", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_352)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if let folder = SwiftRuntime.folder(mappedBy: text) { return folder }
        }
        return nil
    }()

    /// The folder of `libswiftCore.so` in a line of proc_pid_maps(5); `nil` where that maps something else. The path, the last
    /// field, may have spaces in it.
    static func folder(mappedBy line: String) -> String? {
        guard let slash = line.firstIndex(of: "/") else { return nil }
        var path = line[slash...]
        for end in ["\n", " (deleted)"] where path.hasSuffix(end) { path = path.dropLast(end.count) }
        guard path.hasSuffix("/libswiftCore.so") else { return nil }
        return String(path.dropLast("/libswiftCore.so".count))
    }
}
