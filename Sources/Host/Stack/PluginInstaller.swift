// Puts the built plugins into a stack's plugin folder.
import FoundationEssentials
import Glibc

/// Copies `lib*.so` of a build into a plugin folder, as `libItems.so` → `items.so`.
package enum PluginInstaller {
    /// Copies what is missing or differs. A file is moved into its place whole: hosts may have the old one mapped.
    ///
    /// - Returns: the names of the files that were put there.
    package static func install(from build: String, into folder: String) throws(StackError) -> [String] {
        try Folder.make(folder)
        chmod(folder, 0o755)
        var installed: [String] = []
        let names = (try? FileManager.default.contentsOfDirectory(atPath: build)) ?? []
        for name in names.sorted() where name.hasPrefix("lib") && name.hasSuffix(".so") {
            let target = "\(folder)/\(name.dropFirst(3).lowercased())"
            // What was put there once is not put there again: somebody may have rolled it back.
            let note = "\(folder)/.\(name).built"
            let stamp = Self.stamp("\(build)/\(name)")
            if access(target, F_OK) == 0, FileManager.default.contents(atPath: note) == stamp { continue }
            guard let new = FileManager.default.contents(atPath: "\(build)/\(name)") else { continue }
            if FileManager.default.contents(atPath: target) != new {
                try put(new, at: target, by: "\(folder)/.\(name).\(getpid())")
                installed.append(target)
            }
            // Last: what was not put there is put there the next time.
            try Folder.write(String(decoding: stamp, as: UTF8.self), to: note)
        }
        return installed
    }

    private static func put(_ plugin: Data, at target: String, by temporary: String) throws(StackError) {
        do {
            try plugin.write(to: URL(filePath: temporary))
        } catch {
            throw StackError("the plugin \(temporary) can't be written: \(error)")
        }
        chmod(temporary, 0o755)
        guard rename(temporary, target) == 0 else {
            throw StackError("the plugin \(target) can't be put there: \(String(cString: strerror(errno)))")
        }
    }

    /// What changes when a file is built anew.
    private static func stamp(_ path: String) -> Data {
        var info = stat()
        guard stat(path, &info) == 0 else { return Data() }
        return Data("\(info.st_ino) \(info.st_size) \(info.st_mtim.tv_sec) \(info.st_mtim.tv_nsec)\n".utf8)
    }
}
