// How other threads wake one that waits for a socket.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A pipe that a thread can poll together with a socket.
final class WakeUpPipe: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() {
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutableBytes(of: &ends) { pipe($0.assumingMemoryBound(to: Int32.self).baseAddress) }
        precondition(result == 0, "pipe failed: the limit of open files is reached")
        (readEnd, writeEnd) = ends
        for end in [readEnd, writeEnd] {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// From any thread. A full pipe wakes as well as another byte would.
    func signal() {
        var byte: UInt8 = 0
        _ = write(writeEnd, &byte, 1)
    }

    /// Blocks until `signal()`, or `descriptor` is readable or broken, or the time is over.
    ///
    /// - Parameters:
    ///   - descriptor: a socket to watch as well; negative: none.
    ///   - timeout: `nil`: without limit.
    /// - Returns: whether `descriptor` has something to say.
    func wait(watching descriptor: Int32, timeout: Duration? = nil) -> Bool {
        var watched = [
            pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds = timeout.map { Int32(clamping: Int64($0 / .milliseconds(1)) + 1) } ?? -1
        guard poll(&watched, 2, milliseconds) > 0 else { return false }
        if watched[0].revents != 0 {
            var drain: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
            while withUnsafeMutableBytes(of: &drain, { read(readEnd, $0.baseAddress, $0.count) }) > 0 {}
        }
        return watched[1].revents != 0
    }
}
