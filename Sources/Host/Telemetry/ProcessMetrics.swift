// What the operating system knows about this process.
import Glibc

/// Memory, CPU time and open files of this process, under the names that Prometheus' own clients use.
package enum ProcessMetrics {
    /// Adds the metrics; values are read when they are shown.
    package static func register(in registry: MetricRegistry) {
        registry.counter("process_cpu_seconds_total", help: "Processor time used, user and system, in seconds.") {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
        }
        registry.gauge("process_resident_memory_bytes", help: "Resident memory in bytes.") {
            Double(residentPages() ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
        registry.gauge("process_open_fds", help: "Open file descriptors.") {
            Double(openFiles() ?? 0)
        }
    }

    /// The second number of /proc/self/statm, proc_pid_statm(5); `nil` where there is no such file.
    private static func residentPages() -> Int? {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = read(file, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let fields = String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) : nil
    }

    /// The entries of /proc/self/fd, without the one that reading it takes.
    private static func openFiles() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count - 3
    }
}
