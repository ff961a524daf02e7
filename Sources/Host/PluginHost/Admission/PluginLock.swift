// plugins.lock: the plugins that may be loaded, by content.
import Glibc

/// The file `plugins.lock` in the plugin folder: a line `sha256  name  version` for each plugin. Where it exists, nothing
/// else is loaded. `#` begins a comment.
package struct PluginLock: Sendable, Equatable {
    package struct Entry: Sendable, Hashable {
        /// SHA-256 of the plugin's file, 64 lower-case hexadecimal digits.
        package let hash: String
        package let name: String
        package let version: String

        package init(hash: String, name: String, version: String) {
            self.hash = hash
            self.name = name
            self.version = version
        }
    }

    package static let fileName = "plugins.lock"

    package private(set) var entries: [Entry]

    package init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    package func admits(_ hash: String) -> Bool { entries.contains { $0.hash == hash } }

    /// - Throws: `PluginFailure` where the lock does not list the file of that hash.
    func check(_ hash: String) throws(PluginFailure) {
        guard admits(hash) else {
            throw PluginFailure(
                "its SHA-256 \(hash) is not in \(Self.fileName): check where the file comes from, then run "
                    + "`jspg plugin lock`")
        }
    }

    /// Adds a plugin. Others of its name stay: several files may have one.
    ///
    /// - Parameter replaced: the hash of the file whose place it takes, which leaves the lock; `nil` where there is none.
    package mutating func add(_ entry: Entry, replacing replaced: String? = nil) {
        if let replaced, replaced != entry.hash { entries.removeAll { $0.hash == replaced } }
        if !entries.contains(entry) { entries.append(entry) }
    }

    // MARK: - Text

    /// - Throws: `PluginFailure` with the line that is wrong.
    package init(parsing text: String) throws(PluginFailure) {
        entries = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let fields = line.prefix { $0 != "#" }.split(separator: " ", omittingEmptySubsequences: true).map(
                String.init)
            if fields.isEmpty { continue }
            guard fields.count == 3, fields[0].utf8.count == 64, fields[0].allSatisfy({ $0.isHexDigit }) else {
                throw PluginFailure(
                    "line \(number + 1) of \(Self.fileName) is not `sha256  name  version`: "
                        + "`jspg plugin lock` writes the file anew")
            }
            entries.append(Entry(hash: fields[0].lowercased(), name: fields[1], version: fields[2]))
        }
    }

    package var text: String {
        "# Written by `jspg plugin lock`. Hosts load no other plugin.\n"
            + entries.sorted { ($0.name, $0.version) < ($1.name, $1.version) }
            .map { "\($0.hash)  \($0.name)  \($0.version)\n" }.joined()
    }

    // MARK: - The file

    /// The lock of a folder; `nil` where there is none.
    ///
    /// - Throws: `PluginFailure` where others could have written it, or it can't be read, or nobody can tell whether there
    ///   is one: what it would refuse must not be loaded then.
    package static func read(folder: String) throws(PluginFailure) -> PluginLock? {
        let path = "\(folder)/\(fileName)"
        var info = stat()
        // A link that leads nowhere is there.
        guard lstat(path, &info) == 0 else {
            let code = errno
            if code == ENOENT { return nil }
            throw PluginFailure(
                "whether there is a \(path) can't be told: \(PluginAdmission.errorText(code)). Without it nothing is "
                    + "loaded from there: let the user \(geteuid()) look into the folder, or mend its disk")
        }
        // Who may write the lock decides what is loaded, whatever may be said of the folder.
        let descriptor = try PluginAdmission.open(path)
        guard let bytes = StateFile.read(descriptor) else {
            throw PluginFailure("\(path) can't be read: \(PluginAdmission.errorText(errno))")
        }
        return try PluginLock(parsing: String(decoding: bytes, as: UTF8.self))
    }

    /// Replaces the lock of a folder in one step. Hosts run as another user than who writes it, as a rule: whatever the
    /// umask, all may read it, and its owner alone may write.
    package func write(folder: String) throws(PluginFailure) {
        try StateFile.write(Array(text.utf8), to: "\(folder)/\(Self.fileName)", mode: 0o644)
    }
}
