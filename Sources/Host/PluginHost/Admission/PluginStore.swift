// Private copies of plugin files.
import Glibc
import Threads

/// The folder of the copies. A mapped file that is overwritten kills the process that mapped it, so what is loaded is
/// always a copy.
struct PluginStore: Sendable {
    let folder: String

    /// Makes the folder and looks whether code may be loaded from it.
    init(stateDirectory: String) throws(PluginFailure) {
        folder = stateDirectory + "/plugins"
        try Self.makeFolder(stateDirectory)
        try Self.makeFolder(folder)
        try PluginAdmission.checkOwn(folder)
        try tryMapping()
    }

    /// Makes a folder that is this user's own, where there is none.
    static func makeFolder(_ path: String) throws(PluginFailure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw PluginFailure(
                "the folder \(path) of PLUGIN_STATE can't be made: \(PluginAdmission.errorText(errno))")
        }
    }

    /// Reads a file that may be in the middle of being copied: what changed meanwhile is read again, for up to 2 s.
    ///
    /// - Parameter isOwned: whether ownership is what makes the file trusted.
    func copy(_ path: String, isOwned: Bool = true) throws(PluginFailure) -> StoredPlugin {
        for _ in 0..<20 {
            let descriptor = try PluginAdmission.open(path, isOwned: isOwned)
            defer { close(descriptor) }
            var before = stat()
            var after = stat()
            guard fstat(descriptor, &before) == 0 else { continue }
            let bytes = try Self.read(descriptor, path, size: Int(before.st_size))
            guard fstat(descriptor, &after) == 0 else { continue }
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            let age = Double(now.tv_sec - after.st_mtim.tv_sec) + Double(now.tv_nsec - after.st_mtim.tv_nsec) / 1e9
            let isUnchanged =
                before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec
                && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && bytes.count == Int(after.st_size)
            // A time in the future says nothing; a file that changed a moment ago may change again.
            if isUnchanged && (age > 0.2 || age < 0) { return try store(bytes, from: path) }
            usleep(100_000)
        }
        throw PluginFailure("\(path) keeps changing: copy it to another name, then move it here")
    }

    /// Reads a copy that was made earlier.
    ///
    /// - Parameter hash: what it must have; the store is this host's own, but disks fail.
    func read(_ path: String, hash: String) throws(PluginFailure) -> StoredPlugin {
        let bytes = try Self.contents(path)
        guard PluginIdentity.hash(of: bytes) == hash else { throw PluginFailure("\(path) is damaged") }
        return StoredPlugin(hash: hash, path: path, bytes: bytes)
    }

    /// Everything in a copy. Any thread.
    static func contents(_ path: String) throws(PluginFailure) -> [UInt8] {
        let descriptor = try PluginAdmission.open(path)
        defer { close(descriptor) }
        var info = stat()
        return try read(descriptor, path, size: fstat(descriptor, &info) == 0 ? Int(info.st_size) : 0)
    }

    private static func read(_ descriptor: Int32, _ path: String, size: Int) throws(PluginFailure) -> [UInt8] {
        guard size <= 1 << 30 else { throw PluginFailure("\(path) is larger than 1 GiB") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw PluginFailure("\(path) can't be read: \(PluginAdmission.errorText(errno))")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    private func store(_ bytes: [UInt8], from path: String) throws(PluginFailure) -> StoredPlugin {
        let hash = PluginIdentity.hash(of: bytes)
        let name = path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]
        let target = "\(folder)/\(name.dropLast(3))-\(hash.prefix(16)).so"
        // Looked at rather than believed: what was written before a power cut may be half there, and loading half of a
        // file ends the process.
        if holds(target, bytes) {
            // What is in use is young: `clean` goes by that.
            utimes(target, nil)
            return StoredPlugin(hash: hash, path: target, bytes: bytes)
        }
        // By chance: in a container every start has the same pid, and may find what one before has left.
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        let temporary = "\(folder)/.\(number)-\(hash.prefix(16))"
        let descriptor = Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o500)
        guard descriptor >= 0 else {
            throw PluginFailure("\(temporary) can't be written: \(PluginAdmission.errorText(errno))")
        }
        guard FileDescriptorWriter.writeAll(bytes, to: descriptor) else {
            let reason = PluginAdmission.errorText(errno)
            close(descriptor)
            unlink(temporary)
            throw PluginFailure("\(temporary) can't be written: \(reason)")
        }
        fsync(descriptor)
        close(descriptor)
        guard rename(temporary, target) == 0 else {
            let reason = PluginAdmission.errorText(errno)
            unlink(temporary)
            throw PluginFailure("\(target) can't be written: \(reason)")
        }
        return StoredPlugin(hash: hash, path: target, bytes: bytes)
    }

    private func holds(_ path: String, _ bytes: [UInt8]) -> Bool {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return (try? Self.read(descriptor, path, size: bytes.count)) == bytes
    }

    /// Removes copies and verdicts that nobody has used for a week, and halves of copies. One host at a time.
    ///
    /// - Parameter keeping: hashes whose copies stay, whatever their age.
    func clean(keeping: Set<String>) {
        let lock = Glibc.open("\(folder)/.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { return }
        defer { close(lock) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { return }
        let kept = Set(keeping.map { String($0.prefix(16)) })
        let now = time(nil)
        for name in (try? PluginFolder.names(folder, hidden: true)) ?? [] where name != ".lock" {
            var info = stat()
            guard lstat("\(folder)/\(name)", &info) == 0, now - info.st_mtim.tv_sec > Self.maximumAge,
                name.hasPrefix(".") || !kept.contains(Self.hash(ofFileName: name))
            else { continue }
            unlink("\(folder)/\(name)")
        }
    }

    /// The hash in the name of a copy, `things-1.2-{16 digits}.so`, or of a verdict, `passed-{build}-{16 digits}`.
    private static func hash(ofFileName name: String) -> String {
        String(name.split(separator: "-").last?.prefix { $0 != "." } ?? "")
    }

    /// In seconds.
    private static let maximumAge = 7 * 86_400

    /// On a mount with `noexec` every `dlopen` would fail, with a text that helps nobody.
    private func tryMapping() throws(PluginFailure) {
        let path = "\(folder)/.mapping-\(getpid())"
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o700)
        guard descriptor >= 0 else {
            throw PluginFailure("the folder \(folder) can't be written: \(PluginAdmission.errorText(errno))")
        }
        defer {
            close(descriptor)
            unlink(path)
        }
        guard ftruncate(descriptor, 4_096) == 0,
            let mapping = mmap(nil, 4_096, PROT_READ | PROT_EXEC, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED
        else {
            throw PluginFailure(
                "code can't be loaded from \(folder) (\(PluginAdmission.errorText(errno))): its mount has the option "
                    + "noexec. Set PLUGIN_STATE to a folder on another mount")
        }
        munmap(mapping, 4_096)
    }
}
