// Whether a file in the plugin folder may be looked at at all.
import Glibc

/// The check of ownership and permissions: whoever can change a plugin's file runs code in the host, so the file and
/// every folder above it must belong to root or to the user that the host runs as, and nobody else may write there.
/// (OpenSSH does the same for its keys: `safe_path` in misc.c.)
///
/// Where `plugins.lock` is what makes a file trusted, only the lock has to pass that check.
package enum PluginAdmission {
    /// What hosts would say of their plugin folder, whoever asks.
    ///
    /// - Parameter stateDirectory: their PLUGIN_STATE, which belongs to the user that they run as.
    package static func checkFolder(_ path: String, ofHostsWith stateDirectory: String) throws(PluginFailure) {
        var info = stat()
        _ = try checkFolder(path, user: stat(stateDirectory, &info) == 0 ? info.st_uid : geteuid())
    }

    /// Resolves the plugin folder and checks it and its parents up to `/`.
    ///
    /// - Parameters:
    ///   - isOwned: whether ownership is what makes files trusted.
    ///   - user: the one that the host runs as.
    /// - Returns: the folder's real path.
    static func checkFolder(
        _ path: String, isOwned: Bool = true, user: uid_t = geteuid()
    ) throws(PluginFailure) -> String {
        guard let resolved = realpath(path, nil) else {
            throw PluginFailure("the plugin folder \(path) can't be opened: \(errorText(errno))")
        }
        defer { free(resolved) }
        let real = String(cString: resolved)
        if !isOwned { return real }
        var folder = real
        while true {
            var info = stat()
            guard lstat(folder, &info) == 0 else {
                throw PluginFailure("the folder \(folder) can't be read: \(errorText(errno))")
            }
            guard info.st_mode & S_IFMT == S_IFDIR else { throw PluginFailure("\(folder) is not a folder") }
            try checkOwner(folder, info, user: user)
            // In a sticky folder such as /tmp others can't replace what is not theirs.
            let isSticky = info.st_mode & S_ISVTX != 0 && info.st_uid == 0
            if info.st_mode & (S_IWGRP | S_IWOTH) != 0 && !isSticky {
                throw PluginFailure("others can write to the folder \(folder): chmod go-w \(folder)")
            }
            if folder == "/" { return real }
            let parent = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]
            folder = parent.isEmpty ? "/" : String(parent)
        }
    }

    /// Whether there is no folder of that name, rather than one that can't be used.
    static func isMissing(_ folder: String) -> Bool { access(folder, F_OK) != 0 && errno == ENOENT }

    /// Checks the name of a file in the plugin folder: what hosts note of it is found by its name again, and they note no
    /// more than 111 bytes of it.
    package static func checkName(_ file: String) throws(PluginFailure) {
        guard file.utf8.count <= 100 else {
            throw PluginFailure("its name has more than 100 bytes: give it a shorter one")
        }
    }

    /// Checks a folder of this process' own, whose files it compares before it loads them: nobody else may write there from
    /// now on. What others could write before, as volumes of some platforms begin, is closed.
    static func checkOwn(_ folder: String) throws(PluginFailure) {
        var info = stat()
        guard lstat(folder, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
            throw PluginFailure("\(folder) is not a folder")
        }
        try checkOwner(folder, info)
        guard info.st_mode & (S_IWGRP | S_IWOTH) == 0 || chmod(folder, 0o700) == 0 else {
            throw PluginFailure("others can write to the folder \(folder): chmod go-w \(folder)")
        }
    }

    /// Opens a file of the folder for reading, without following a link, and checks it.
    ///
    /// - Parameter isOwned: whether ownership is what makes the file trusted.
    /// - Returns: the descriptor, which the caller closes.
    static func open(_ path: String, isOwned: Bool = true) throws(PluginFailure) -> Int32 {
        let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ELOOP { throw PluginFailure("\(path) is a symbolic link: put the file itself there") }
            throw PluginFailure("\(path) can't be opened: \(errorText(errno))")
        }
        var info = stat()
        do throws(PluginFailure) {
            guard fstat(descriptor, &info) == 0 else {
                throw PluginFailure("\(path) can't be read: \(errorText(errno))")
            }
            guard info.st_mode & S_IFMT == S_IFREG else { throw PluginFailure("\(path) is not a regular file") }
            if !isOwned { return descriptor }
            try checkOwner(path, info)
            guard info.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
                throw PluginFailure("others can write to \(path): chmod go-w \(path)")
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func checkOwner(_ path: String, _ info: stat, user: uid_t = geteuid()) throws(PluginFailure) {
        guard info.st_uid == 0 || info.st_uid == user else {
            throw PluginFailure(
                "\(path) belongs to user \(info.st_uid): it must belong to root or to user \(user), "
                    + "which \(user == geteuid() ? "this process runs" : "hosts run") as")
        }
    }

    static func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
}
