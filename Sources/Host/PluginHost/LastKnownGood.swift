// Which files worked last, for a start at which the folder's are broken.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `PLUGIN_STATE/last-known-good-{host}`: a line `sha256  copy  file` for each file that is in service.
struct LastKnownGood: Sendable {
    private let path: String

    init(stateDirectory: String, host: String) {
        path = "\(stateDirectory)/last-known-good-\(host)"
    }

    /// Hash and copy by the file's name in the plugin folder.
    func read() -> [String: (hash: String, copy: String)] {
        guard let file = fopen(path, "re") else { return [:] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        var entries: [String: (hash: String, copy: String)] = [:]
        for line in String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 2).map(String.init)
            if parts.count == 3 { entries[parts[2]] = (parts[0], parts[1]) }
        }
        return entries
    }

    /// Replaces the file in one step. Without it the next start has the folder alone, so a failure is no error.
    ///
    /// - Returns: whether it was written.
    func write(_ entries: [String: (hash: String, copy: String)]) -> Bool {
        let lines = entries.sorted { $0.key < $1.key }.map { "\($0.value.hash)\t\($0.value.copy)\t\($0.key)\n" }
        let bytes = Array(lines.joined().utf8)
        let temporary = "\(path).\(getpid())"
        guard let file = fopen(temporary, "we") else { return false }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count, rename(temporary, path) == 0 else {
            unlink(temporary)
            return false
        }
        return true
    }
}
