// The clock that deadlines are kept on.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `CLOCK_MONOTONIC`, clock_gettime(2).
enum MonotonicTime {
    /// Nanoseconds since an arbitrary moment; never goes back.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The moment that lies `duration` ahead (now, if it is negative).
    static func after(_ duration: Duration) -> UInt64 {
        now + UInt64(max(0, duration.nanoseconds))
    }
}
