// How values are spread.
import Synchronization

/// A histogram with fixed buckets; two relaxed atomic additions to update, from any thread.
package final class MetricHistogram: MetricSeries {
    /// From 0.1 ms to 10 s, for durations in seconds.
    package static let secondsBounds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// 1 to 1,024 in powers of two, for sizes of batches.
    package static let sizeBounds: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]

    /// One count, shared by reference because an `Atomic` can't be an array's element.
    private final class Bucket: Sendable {
        let count = Atomic<Int>(0)
    }

    private let bounds: [Double]
    /// One more than bounds: the last takes what is above all of them.
    private let buckets: [Bucket]
    /// The sum in millionths of the unit.
    private let sum = Atomic<Int>(0)

    init(bounds: [Double]) {
        self.bounds = bounds.sorted()
        buckets = (0...bounds.count).map { _ in Bucket() }
    }

    /// - Parameter value: in the metric's unit.
    package func record(_ value: Double) {
        guard value.isFinite else { return }
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] { high = middle } else { low = middle + 1 }
        }
        buckets[low].count.wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(Int(max(-9e15, min(9e15, value * 1_000_000))), ordering: .relaxed)
    }

    /// In seconds.
    package func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        record(Double(seconds) + Double(attoseconds) * 1e-18)
    }

    func write(name: String, labels: MetricLabels, to text: inout String) {
        var total = 0
        for (position, bucket) in buckets.enumerated() {
            total += bucket.count.load(ordering: .relaxed)
            let bound = position < bounds.count ? metricText(bounds[position]) : "+Inf"
            text += "\(name)_bucket\(labels.text(adding: "le", bound)) \(total)\n"
        }
        text += "\(name)_sum\(labels.text) \(metricText(Double(sum.load(ordering: .relaxed)) / 1_000_000))\n"
        text += "\(name)_count\(labels.text) \(total)\n"
    }
}
