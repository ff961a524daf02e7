// Where a command keeps the copies of plugins that it loads.
import FoundationEssentials

/// A folder that is this command's alone and gone afterwards: in PLUGIN_STATE, where that is set and can be written, since
/// code can't be loaded from everywhere; else among the temporary files. Made by who needs it.
struct CopyFolder {
    let path: String

    init() {
        // Nobody can guess it, and make it before.
        let name = "jspg-\(UUID().uuidString)"
        let state = ProcessInfo.processInfo.environment["PLUGIN_STATE"] ?? ""
        path =
            !state.isEmpty && FileManager.default.isWritableFile(atPath: state)
            ? "\(state)/\(name)" : FileManager.default.temporaryDirectory.path() + name
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
