// Making folders and files.
import FoundationEssentials

enum Folder {
    /// Makes a folder with those above it.
    static func make(_ path: String) throws(StackError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw StackError("the folder \(path) can't be made: \(error)")
        }
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
