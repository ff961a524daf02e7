// The user under which a server runs that refuses root.
import Glibc

/// A user without privileges. Needed where this process is root: PostgreSQL refuses to run then.
package struct UnprivilegedUser: Sendable, Hashable {
    package let uid: UInt32
    package let gid: UInt32

    /// `postgres` where there is one, else `nobody`; `nil` where this process is not root and needs none.
    package static func ifRoot() throws(StackError) -> UnprivilegedUser? {
        guard geteuid() == 0 else { return nil }
        for name in ["postgres", "nobody"] {
            if let entry = getpwnam(name) {
                return UnprivilegedUser(uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid)
            }
        }
        throw StackError("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run it as")
    }

    /// Whether the user can get to a path: everybody may pass through all the folders above it.
    func canReach(_ path: String) -> Bool {
        guard let resolved = realpath(path, nil) else { return false }
        defer { free(resolved) }
        var folder = String(cString: resolved)
        while folder != "/" && !folder.isEmpty {
            var info = stat()
            guard stat(folder, &info) == 0 else { return false }
            let isFolder = info.st_mode & S_IFMT == S_IFDIR
            if isFolder && info.st_mode & S_IXOTH == 0 && info.st_uid != uid { return false }
            folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
        }
        return true
    }
}
