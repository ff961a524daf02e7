// Small files in PLUGIN_STATE.
import Glibc

/// Reads and writes what hosts note for themselves and for tools.
enum StateFile {
    /// Everything in a file, up to 16 MiB; `nil` where it can't be opened.
    static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        return read(file)
    }

    /// The same of a file that is open, which is closed.
    static func read(_ descriptor: Int32) -> [UInt8]? {
        guard let file = fdopen(descriptor, "r") else {
            close(descriptor)
            return nil
        }
        return read(file)
    }

    private static func read(_ file: UnsafeMutablePointer<FILE>) -> [UInt8] {
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < 1 << 24 {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// Replaces a file in one step: who reads it sees the old content or the new one.
    ///
    /// - Parameter mode: its permissions; `nil`: what the umask leaves.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t? = nil) throws(PluginFailure) {
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        // Hidden, so that who lists the folder passes over it.
        let temporary = "\(path[..<slash]).\(path[slash...]).\(getpid())"
        guard let file = fopen(temporary, "we") else {
            throw PluginFailure("\(temporary) can't be written: \(PluginAdmission.errorText(errno))")
        }
        let written = fwrite(bytes, 1, bytes.count, file)
        let hasMode = mode.map { fchmod(fileno(file), $0) == 0 } ?? true
        guard fclose(file) == 0, hasMode, written == bytes.count, rename(temporary, path) == 0 else {
            let reason = PluginAdmission.errorText(errno)
            unlink(temporary)
            throw PluginFailure("\(path) can't be written: \(reason)")
        }
    }
}
