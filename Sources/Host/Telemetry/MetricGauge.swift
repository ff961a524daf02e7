// A number that goes up and down.
import Synchronization

/// A gauge that is set by the code it measures, from any thread.
package final class MetricGauge: MetricSeries {
    /// The bits of a `Double`.
    private let bits = Atomic<UInt64>(0)

    init() {}

    /// The last value set is the one reported. Any thread.
    package func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// The same of a whole number; beyond 2^53 it is rounded.
    package func set(_ value: Int) {
        set(Double(value))
    }

    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func write(name: String, labels: MetricLabels, to text: inout String) {
        text += "\(name)\(labels.text) \(metricText(value))\n"
    }
}
