// A shared object that is loaded.
import CPluginABI
import Glibc

/// A mapped plugin. Never unloaded: Swift's runtime keeps pointers into every image that it has seen.
struct PluginImage: @unchecked Sendable {
    // Unchecked: dlopen's handle is only passed to dlsym, which is thread-safe, and is never closed.
    private let handle: UnsafeMutableRawPointer

    /// Maps a copy from the store whose libraries are mapped (`PluginRules.check`); its constructors run. On the loader
    /// thread only.
    init(path: String) throws(PluginFailure) {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw PluginFailure("dlopen: \(dlerror().map { String(cString: $0) } ?? "unknown error")")
        }
        self.handle = handle
    }

    /// The address of an exported function; `nil` where there is none of that name.
    func symbol(_ name: String) -> UnsafeMutableRawPointer? {
        dlsym(handle, name)
    }

    /// Runs the plugin's entry.
    ///
    /// - Parameter log: what the plugin may write to from then on.
    func register(log: PluginLog = PluginLog()) throws(PluginFailure) -> PluginRegistration {
        guard let address = symbol(PluginRules.entry) else {
            throw PluginFailure("it does not export \(PluginRules.entry), the entry of a plugin")
        }
        return try PluginRegistration.run(unsafeBitCast(address, to: PluginRegistration.Entry.self), log: log)
    }
}
