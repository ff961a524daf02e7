// Making folders and files.
import FoundationEssentials
import Glibc

enum Folder {
    /// Makes a folder with those above it.
    static func make(_ path: String) throws(StackError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw StackError("the folder \(path) can't be made: \(error)")
        }
    }

    /// Whether there is such a folder, no link to one, and this user made it: what others put there is not used.
    static func isOwn(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR && info.st_uid == geteuid()
    }

    /// Writes a file whole or not at all.
    static func write(_ text: String, to path: String) throws(StackError) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw StackError("the file \(path) can't be written: \(error)")
        }
    }
}
