// Where a command keeps the copies of plugins that it loads.
import FoundationEssentials

/// A folder that is this command's alone and gone afterwards: in PLUGIN_STATE, where that is set and can be written, since
/// code can't be loaded from everywhere; else among the temporary files. Made by who needs it.
struct CopyFolder {
    let path: String

    /// How old a folder is, in seconds, whose command has surely ended without removing it.
    private static let abandonedAfter = 86_400.0

    init() {
        // Nobody can guess it, and make it before.
        let name = "jspg-\(UUID().uuidString)"
        let state = ProcessInfo.processInfo.environment["PLUGIN_STATE"] ?? ""
        let isUsable = !state.isEmpty && FileManager.default.isWritableFile(atPath: state)
        let parent = isUsable ? state + "/" : FileManager.default.temporaryDirectory.path(percentEncoded: false)
        path = parent + name
        Self.removeAbandoned(in: parent)
    }

    private static func removeAbandoned(in parent: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
            guard name.hasPrefix("jspg-"), UUID(uuidString: String(name.dropFirst(5))) != nil,
                let attributes = try? FileManager.default.attributesOfItem(atPath: parent + name),
                let modified = attributes[.modificationDate] as? Date,
                Date().timeIntervalSince(modified) > abandonedAfter
            else { continue }
            try? FileManager.default.removeItem(atPath: parent + name)
        }
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
