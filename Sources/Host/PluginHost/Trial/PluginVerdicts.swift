// Trials that need not be repeated.
import Glibc

/// Remembers which files passed the trial: the same bytes, tried by the same executable with the same Swift runtime, need
/// no second one. Only success is kept: a failure may have been the machine's.
///
/// `PLUGIN_STATE/plugins/passed-{build}-{hash}`, an empty file.
struct PluginVerdicts: Sendable {
    private let prefix: String

    /// - Parameter executable: the one that runs the trials.
    init(store: PluginStore, executable: String) {
        let runtime = SwiftRuntime.folder.map { "\($0)/libswiftCore.so" }
        let build = ([executable] + (runtime.map { [$0] } ?? [])).map(Self.stamp).joined(separator: " ")
        prefix = "\(store.folder)/passed-\(PluginIdentity.hash(of: Array(build.utf8)).prefix(16))-"
    }

    private func path(_ hash: String) -> String { prefix + hash.prefix(16) }

    func hasPassed(_ hash: String) -> Bool {
        // A use keeps it from being cleaned away.
        utimes(path(hash), nil) == 0
    }

    func notePassed(_ hash: String) throws(PluginFailure) { try StateFile.write([], to: path(hash)) }

    /// What changes when a file is replaced.
    private static func stamp(_ path: String) -> String {
        var info = stat()
        guard stat(path, &info) == 0 else { return path }
        return "\(info.st_dev) \(info.st_ino) \(info.st_size) \(info.st_mtim.tv_sec) \(info.st_mtim.tv_nsec)"
    }
}
