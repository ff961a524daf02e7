// Which process looks after a stack.
import FoundationEssentials
import Glibc
import Threads

/// `supervisor.pid` in a state folder: the pid and when that process started, so that a pid that was used again is never
/// taken for it.
package struct SupervisorFile: Sendable {
    package let path: String

    package init(state: String) {
        path = "\(state)/supervisor.pid"
    }

    /// Notes this process.
    package func write() throws(StackError) {
        let process = RunningProcess.current
        try Folder.write("\(process.pid) \(process.startTime)\n", to: path)
    }

    package func remove() {
        unlink(path)
    }

    /// The supervisor that runs now; `nil` where there is none.
    package var runningPid: Int32? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard parts.count == 2, let pid = Int32(parts[0]),
            RunningProcess(pid: pid, startTime: String(parts[1])).isRunning
        else { return nil }
        return pid
    }
}
