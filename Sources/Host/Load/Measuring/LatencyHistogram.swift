// Counting latencies.
import Histogram

/// An HDR histogram of nanoseconds with three significant digits, up to an hour; longer ones count as an hour.
package struct LatencyHistogram: Sendable {
    private static let longest: UInt64 = 3_600_000_000_000

    private var histogram = Histogram<UInt64>(highestTrackableValue: longest, numberOfSignificantValueDigits: .three)

    package init() {}

    package mutating func record(_ nanoseconds: UInt64) {
        _ = histogram.record(min(nanoseconds, Self.longest))
    }

    /// An end before its start, which clocks of several threads may show, counts as 0.
    package mutating func record(from start: UInt64, to end: UInt64) {
        record(end > start ? end - start : 0)
    }

    package mutating func add(_ other: LatencyHistogram) {
        histogram.add(other.histogram)
    }

    /// `nil` where nothing was recorded.
    package var summary: LatencySummary? {
        guard histogram.totalCount > 0 else { return nil }
        func milliseconds(_ percentile: Double) -> Double {
            LatencySummary.milliseconds(Double(histogram.valueAtPercentile(percentile)))
        }
        return LatencySummary(
            mean: LatencySummary.milliseconds(histogram.mean), p50: milliseconds(50), p90: milliseconds(90),
            p99: milliseconds(99), p999: milliseconds(99.9), max: milliseconds(100))
    }
}
