// The Swift runtime that this process uses.
import Glibc

/// Which Swift this host was built with, and where its runtime libraries are.
enum SwiftRuntime {
    static var compiler: (major: Int, minor: Int) {
        #if compiler(>=6.5)
            (6, 5)
        #elseif compiler(>=6.4)
            (6, 4)
        #elseif compiler(>=6.3)
            (6, 3)
        #else
            (6, 2)
        #endif
    }

    /// The folder of `libswiftCore.so` as this process has mapped it; `nil` where the runtime is linked statically.
    static let folder: String? = {
        guard let file = fopen("/proc/self/maps", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_352)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard let path = text.split(separator: " ").last?.dropLast(), path.hasSuffix("/libswiftCore.so") else {
                continue
            }
            return String(path.dropLast("/libswiftCore.so".count))
        }
        return nil
    }()
}
