// Telling a process from a later one with the same pid.
import Glibc

/// A process by its pid and the time it started, so that a pid that was used again is never taken for it.
package struct RunningProcess: Sendable, Hashable {
    package let pid: Int32
    /// Field 22 of /proc/PID/stat, in clock ticks since the machine started (proc_pid_stat(5)).
    package let startTime: String

    package init(pid: Int32, startTime: String) {
        self.pid = pid
        self.startTime = startTime
    }

    /// This process.
    package static var current: RunningProcess {
        RunningProcess(pid: getpid(), startTime: startTime(of: getpid()) ?? "0")
    }

    /// Whether it has not ended yet.
    package var isRunning: Bool { Self.startTime(of: pid) == startTime }

    private static func startTime(of pid: Int32) -> String? {
        guard let file = fopen("/proc/\(pid)/stat", "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = fread(&bytes, 1, bytes.count, file)
        // The second field is the name in parentheses, which may have spaces in it.
        guard let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)..<count].split(separator: UInt8(ascii: " "), maxSplits: 20)
        // A zombie has ended.
        guard fields.count > 19, !fields[0].elementsEqual("Z".utf8) else { return nil }
        return String(decoding: fields[19], as: UTF8.self)
    }
}
