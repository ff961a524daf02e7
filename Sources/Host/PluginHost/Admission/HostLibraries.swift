// The libraries that plugins may need.
import Glibc

/// The libraries that every host has, whether it has mapped them or not. Any thread.
enum HostLibraries {
    /// glibc's and those of gcc. A machine has only the loader of its own kind.
    private static let system: Set<String> = [
        "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2",
        "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libstdc++.so.6", "libgcc_s.so.1",
    ]

    /// Maps a library from where the host has its own: the system's, or the folder of its Swift runtime. For a name that
    /// is not mapped yet the dynamic linker would look in the plugin's run path first, and run what lies there, which
    /// nobody has checked.
    ///
    /// - Parameter name: as a plugin's file has it.
    /// - Returns: whether it is mapped now.
    static func map(_ name: String) -> Bool {
        if system.contains(name) { return dlopen(name, RTLD_NOW | RTLD_LOCAL) != nil }
        guard !name.contains("/"), let folder = SwiftRuntime.folder else { return false }
        return dlopen("\(folder)/\(name)", RTLD_NOW | RTLD_LOCAL) != nil
    }
}
