// What is told of latencies.

/// Milliseconds, to the microsecond.
package struct LatencySummary: Sendable, Equatable {
    package let mean: Double
    package let p50: Double
    package let p90: Double
    package let p99: Double
    package let p999: Double
    package let max: Double

    package static let names = ["mean", "p50", "p90", "p99", "p99.9", "max"]

    /// In the order of `names`.
    package var values: [Double] { [mean, p50, p90, p99, p999, max] }

    static func milliseconds(_ nanoseconds: Double) -> Double { (nanoseconds / 1e3).rounded() / 1e3 }
}
