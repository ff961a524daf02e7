// A path that a user gave.
import FoundationEssentials

enum AbsolutePath {
    /// As it is meant in the current folder.
    static func of(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
