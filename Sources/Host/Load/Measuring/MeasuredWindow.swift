// Which part of a run counts.

/// Times of `LoadClock`: the run begins at `start`, counts from `measured`, and sends nothing new from `end`.
package struct MeasuredWindow: Sendable {
    package let start: UInt64
    package let measured: UInt64
    package let end: UInt64

    /// - Parameters:
    ///   - warmUp: seconds that are not counted.
    ///   - duration: seconds that are.
    package init(start: UInt64, warmUp: Double, duration: Double) {
        self.start = start
        measured = start + LoadClock.nanoseconds(warmUp)
        end = measured + LoadClock.nanoseconds(duration)
    }

    package func contains(_ time: UInt64) -> Bool { time >= measured && time < end }
}
