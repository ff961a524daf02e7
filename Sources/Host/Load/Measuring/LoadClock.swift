// The time that latencies are measured in.
import NIOCore

/// Nanoseconds of the machine's monotonic clock. Any thread may ask.
package enum LoadClock {
    package static var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    /// - Parameter seconds: not negative.
    package static func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) }
}
