// The clock that deadlines are kept on.
import Glibc

/// `CLOCK_MONOTONIC`, clock_gettime(2).
package enum MonotonicTime {
    /// Nanoseconds since an arbitrary moment; never goes back.
    package static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The moment that lies `duration` ahead (now, if it is negative).
    package static func after(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        return now + UInt64(max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
    }
}
