// Noticing that a folder has changed and is quiet again.
import Glibc

/// Compares one look at a folder with the one before: a change counts once two looks agree, so that nobody acts on half
/// of a copy.
struct FolderChanges {
    /// A file as one look saw it.
    struct File: Hashable {
        let name: String
        let inode: UInt64
        let size: Int64
        /// Of the content, in nanoseconds since 1970.
        let modified: Int64
        /// Of the owner and the permissions as well, by which a file is admitted.
        let changed: Int64
    }

    /// What was acted upon last; `nil`: nobody knows what the folder was like when the host loaded it.
    private var known: Set<File>?
    private var last: Set<File>?

    /// - Returns: whether the folder differs from what was known and has been quiet since the last look.
    mutating func observe(_ files: Set<File>) -> Bool {
        defer { last = files }
        guard files == last, files != known else { return false }
        known = files
        return true
    }

    /// The plugins in a folder and its lock; none where it can't be read.
    static func files(_ folder: String) -> Set<File> {
        var files: Set<File> = []
        for name in ((try? PluginFolder.files(folder)) ?? []) + [PluginLock.fileName] {
            var info = stat()
            guard lstat("\(folder)/\(name)", &info) == 0 else { continue }
            files.insert(
                File(
                    name: name, inode: UInt64(info.st_ino), size: Int64(info.st_size),
                    modified: nanoseconds(info.st_mtim), changed: nanoseconds(info.st_ctim)))
        }
        return files
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
