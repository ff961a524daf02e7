// Which files worked last, for a start at which the folder's are broken.

/// `PLUGIN_STATE/last-known-good-{host}`: a line `sha256  copy  file` for each file that is in service.
struct LastKnownGood: Sendable {
    private static let prefix = "last-known-good-"

    private let path: String

    /// The hashes that any host of this machine has in service or would fall back to.
    static func hashes(stateDirectory: String) -> Set<String> {
        let names = (try? PluginFolder.names(stateDirectory)) ?? []
        return Set(
            names.filter { $0.hasPrefix(prefix) }.flatMap { name in
                LastKnownGood(stateDirectory: stateDirectory, host: String(name.dropFirst(prefix.count))).read()
                    .values.map(\.hash)
            })
    }

    init(stateDirectory: String, host: String) {
        path = "\(stateDirectory)/\(Self.prefix)\(host)"
    }

    /// Hash and copy by the file's name in the plugin folder.
    func read() -> [String: (hash: String, copy: String)] {
        guard let bytes = StateFile.read(path) else { return [:] }
        var entries: [String: (hash: String, copy: String)] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 2).map(String.init)
            if parts.count == 3 { entries[parts[2]] = (parts[0], parts[1]) }
        }
        return entries
    }

    func write(_ entries: [String: (hash: String, copy: String)]) throws(PluginFailure) {
        let lines = entries.sorted { $0.key < $1.key }.map { "\($0.value.hash)\t\($0.value.copy)\t\($0.key)\n" }
        try StateFile.write(Array(lines.joined().utf8), to: path)
    }
}
