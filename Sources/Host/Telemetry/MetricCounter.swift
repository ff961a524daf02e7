// A number that only grows.
import Synchronization

/// A counter; one relaxed atomic addition to update, from any thread.
package final class MetricCounter: MetricSeries {
    private let count = Atomic<Int>(0)

    init() {}

    /// Any thread.
    ///
    /// - Parameter amount: 0 or more: a counter never goes down.
    package func increment(by amount: Int = 1) {
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    package var value: Int { count.load(ordering: .relaxed) }

    func write(name: String, labels: MetricLabels, to text: inout String) {
        text += "\(name)\(labels.text) \(value)\n"
    }
}
