// Where nats-server keeps an atomic batch until it is whole.
import FoundationEssentials
import Glibc

/// Puts the folders in which nats-server stages atomic batches into memory.
///
/// For each batch on a stream of one replica nats-server makes a file store in the stream's folder `batches`, syncs it
/// some five times, copies its messages into the stream, syncs that once, and removes the store again. The staged copy
/// is there so that a batch that a power cut broke off can be completed. jspg batches writes that have nothing to do
/// with each other, and none of them was answered yet then, so it needs no such thing: the one sync of the stream, which
/// comes before the answer, is what counts. With the staging in memory a batch of a hundred takes little more than
/// half of the time (docs/performance.md).
///
/// nats-server removes the folder when it starts, so the links are made again each time that it is ready, and once the
/// hosts have made the streams. Where one is missing, or points to nothing, everything works, and takes longer.
enum BatchStaging {
    /// A file system in memory, on Linux.
    private static let memory = "/dev/shm"

    /// Links the folder of each stream that is there.
    ///
    /// - Parameters:
    ///   - streams: of the default account.
    ///   - store: `store_dir` of the server.
    static func link(_ streams: [String], store: String) {
        for stream in streams {
            let folder = "\(store)/jetstream/$G/streams/\(stream)"
            let link = "\(folder)/batches"
            let target = target(for: stream, store: store)
            guard isFolder(folder), make(target),
                (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) != target
            else { continue }
            // A batch that is under way makes the folder again: then it is tried once more.
            for _ in 0..<20 {
                unlink(link)
                rmdir(link)
                if symlink(target, link) == 0 { break }
                usleep(5_000)
            }
        }
    }

    /// Removes what the links point to, also that of a server which was killed.
    static func remove(_ streams: [String], store: String) {
        for stream in streams {
            let target = target(for: stream, store: store)
            let link = "\(store)/jetstream/$G/streams/\(stream)/batches"
            if (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == target { unlink(link) }
            if Folder.isOwn(target) { try? FileManager.default.removeItem(atPath: target) }
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }

    /// The same each time, so that a server that is started again leaves nothing behind.
    private static func target(for stream: String, store: String) -> String {
        "\(memory)/jspg-batches-\(PathHash.of(store))-\(stream)"
    }

    /// A folder that nobody else can enter; `false` where there is no such file system, or somebody else has the name.
    private static func make(_ target: String) -> Bool {
        mkdir(target, 0o700) == 0 || (errno == EEXIST && Folder.isOwn(target))
    }
}
