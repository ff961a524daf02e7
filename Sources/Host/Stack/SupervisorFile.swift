// Which process looks after a stack.
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `supervisor.pid` in a state folder: the pid and when that process started, so that a pid that was used again is never
/// taken for it.
package struct SupervisorFile: Sendable {
    private let path: String

    package init(state: String) {
        path = "\(state)/supervisor.pid"
    }

    /// Notes this process.
    package func write() throws(StackError) {
        try Folder.write("\(getpid()) \(Self.startTime(of: getpid()) ?? "0")\n", to: path)
    }

    package func remove() {
        unlink(path)
    }

    /// The supervisor that runs now; `nil` where there is none.
    package var runningPid: Int32? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard parts.count == 2, let pid = Int32(parts[0]), Self.startTime(of: pid) == String(parts[1]) else {
            return nil
        }
        return pid
    }

    /// Field 22 of /proc/PID/stat, in clock ticks since the machine started (proc_pid_stat(5)).
    private static func startTime(of pid: Int32) -> String? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        // The second field is the name in parentheses, which may have spaces in it.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // A zombie has ended.
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return String(fields[19])
    }
}
