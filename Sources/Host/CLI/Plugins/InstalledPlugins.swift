// The files of a plugin folder, changed in one step each.
import FoundationEssentials
import Glibc
import PluginHost

/// A plugin folder with, for each file that was replaced, the one before it under a hidden name.
struct InstalledPlugins {
    let folder: String

    /// `libInvoices.so` becomes `invoices.so`, as the developer stack names it.
    static func name(of path: String) -> String {
        let name = path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]
        return (name.hasPrefix("lib") ? name.dropFirst(3) : name).lowercased()
    }

    /// A plugin's file by its name, which a user may give with or without `.so`.
    ///
    /// - Throws: `CommandFailure` for a name that hosts would not look at.
    static func file(named name: String) throws -> String {
        let file = name.hasSuffix(".so") ? name : name + ".so"
        guard !file.hasPrefix("."), !file.contains("/") else {
            throw CommandFailure("\(name) is no name for a plugin: hosts look at *.so files that are not hidden")
        }
        do {
            try PluginAdmission.checkName(file)
        } catch {
            throw CommandFailure("\(name) is no name for a plugin: \(error)")
        }
        return file
    }

    /// - Throws: `CommandFailure` where there is no such folder, or this user can't look into it.
    func checkThatItIsThere() throws {
        if let reason = ForbiddenPath.reason(folder) { throw CommandFailure(reason) }
        guard FileManager.default.fileExists(atPath: folder) else {
            throw CommandFailure(
                "there is no plugin folder \(folder). Name it with --plugin-dir, or the folder of a developer stack with "
                    + "--state")
        }
    }

    /// The plugins that hosts look at, by name.
    func files() throws -> [String] {
        try checkThatItIsThere()
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".so") && !$0.hasPrefix(".") }.sorted()
        } catch {
            throw CommandFailure("the plugin folder \(folder) can't be read")
        }
    }

    /// Copies a file into the folder; hosts never see half of it.
    ///
    /// - Parameter name: as `file(named:)` has it.
    /// - Returns: false where the same file is there already.
    func put(_ source: String, as name: String) throws -> Bool {
        guard let content = FileManager.default.contents(atPath: source) else {
            throw CommandFailure("\(source) can't be read")
        }
        let target = path(name)
        let before = FileManager.default.contents(atPath: target)
        if before == content { return false }
        let temporary = path(".\(name).\(getpid())")
        do {
            try content.write(to: URL(filePath: temporary))
        } catch {
            throw CommandFailure("the folder \(folder) can't be written: \(error)")
        }
        chmod(temporary, 0o755)
        if before != nil {
            let kept = path(Self.previous(name))
            unlink(kept)
            guard link(target, kept) == 0 else {
                let reason = String(cString: strerror(errno))
                unlink(temporary)
                throw CommandFailure("the file before it can't be kept as \(kept): \(reason)")
            }
        }
        guard rename(temporary, target) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw CommandFailure("\(target) can't be written: \(reason)")
        }
        return true
    }

    /// Makes a file and the one before it change places.
    ///
    /// - Parameter name: as `file(named:)` has it.
    func rollBack(_ name: String) throws {
        try checkThatItIsThere()
        let (target, kept) = (path(name), path(Self.previous(name)))
        guard access(kept, F_OK) == 0 else {
            let files = try files()
            guard files.contains(name) else {
                throw CommandFailure(
                    "there is no \(name) in \(folder), which has "
                        + (files.isEmpty ? "no *.so file" : files.joined(separator: ", ")))
            }
            throw CommandFailure(
                "no file before \(name) is kept in \(folder): only `jspg plugin install` keeps one")
        }
        let temporary = path(".\(name).\(getpid())")
        if link(target, temporary) != 0 && errno != ENOENT {
            throw CommandFailure("\(target) can't be kept: \(String(cString: strerror(errno)))")
        }
        guard rename(kept, target) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw CommandFailure("\(target) can't be written: \(reason)")
        }
        rename(temporary, kept)
    }

    /// What lies there; `nil` where there is no such file.
    func content(_ name: String) -> Data? { FileManager.default.contents(atPath: path(name)) }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    private static func previous(_ name: String) -> String { ".\(name).previous" }
}
