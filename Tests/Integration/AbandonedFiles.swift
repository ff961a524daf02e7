// What tests have left in the folder for temporary files, where they were ended.
import Foundation
import Glibc
import Stack

enum AbandonedFiles {
    /// What the tests of every suite name theirs; of whole stacks see `IntegrationStack`.
    private static let prefixes = [
        "admission", "copy", "crashes", "forbidden", "installed", "named", "nats", "plugins", "redis", "settings",
        "start", "tls",
    ].map { "jspg-\($0)-" }

    /// In seconds: longer than the tests of another process may run.
    private static let age = 3_600

    /// Removes them, as far as they are this user's own.
    ///
    /// - Parameter lockedPrefix: of the folders of packages that tests have built. SwiftPM names its lock files after them.
    static func remove(from folder: String, lockedPrefix: String) {
        let locks = lockedPrefix.replacing("/", with: "_")
        let now = Int(Date().timeIntervalSince1970)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix(locks) || prefixes.contains(where: { name.hasPrefix($0) }) {
            let path = folder + name
            var info = stat()
            guard lstat(path, &info) == 0, info.st_uid == geteuid(), Int(info.st_mtim.tv_sec) < now - age else {
                continue
            }
            PostgresServer.removeData(of: path)
            try? FileManager.default.removeItem(atPath: path)
        }
    }
}
