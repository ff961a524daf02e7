// The end of a log file.
import FoundationEssentials

enum LogTail {
    /// The last lines of a file; empty where there is none.
    static func read(_ path: String, lines: Int) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "" }
        let text = String(decoding: data.suffix(4_096), as: UTF8.self)
        return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }
}
