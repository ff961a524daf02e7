// What lies in the folders of plugins.
import Glibc

/// Reads names in a plugin folder and in state folders. Blocks; any thread.
package enum PluginFolder {
    /// The names of the `*.so` files, sorted.
    static func files(_ path: String) throws(PluginFailure) -> [String] {
        try names(path).filter { $0.hasSuffix(".so") }
    }

    /// The names of everything in a folder, sorted. Hidden files are passed over: they may be half of a copy.
    ///
    /// - Parameter hidden: whether they are wanted.
    static func names(_ path: String, hidden: Bool = false) throws(PluginFailure) -> [String] {
        guard let folder = opendir(path) else {
            throw PluginFailure("the plugin folder \(path) can't be read: \(PluginAdmission.errorText(errno))")
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") || (hidden && name != "." && name != "..") { names.append(name) }
        }
        return names.sorted()
    }

    /// What may be a `PLUGIN_STATE`: the folder itself, and those in it.
    static func stateFolders(under path: String) -> [String] {
        [path] + ((try? names(path)) ?? []).map { "\(path)/\($0)" }
    }

    /// Why nothing may have been found in the state folders under a path: whose a folder or a file is that this user can't
    /// read. `nil` where all can be read.
    ///
    /// - Parameter name: the folder in each of them that was looked at.
    package static func forbidden(_ name: String, under path: String) -> String? {
        let folders = stateFolders(under: path).map { "\($0)/\(name)" }
        let files = folders.flatMap { folder in ((try? names(folder)) ?? []).map { "\(folder)/\($0)" } }
        return ([path] + folders + files).lazy.compactMap { ForbiddenPath.reason($0) }.first
    }
}
