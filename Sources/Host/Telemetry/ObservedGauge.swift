// A number that is asked for when it is shown.

/// A gauge or counter whose value somebody else keeps.
final class ObservedGauge: MetricSeries {
    private let read: @Sendable () -> Double?

    init(read: @escaping @Sendable () -> Double?) {
        self.read = read
    }

    func write(name: String, labels: MetricLabels, to text: inout String) {
        guard let value = read() else { return }
        text += "\(name)\(labels.text) \(metricText(value))\n"
    }
}
