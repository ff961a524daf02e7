// The metrics of a process and their Prometheus text.
import Synchronization

/// Holds every metric of a process. Made once by a host and passed to what counts.
///
/// Making a metric takes a lock, so it is done once and the metric kept; updating one is an atomic addition. The same
/// name and labels give the same metric. Text: https://prometheus.io/docs/instrumenting/exposition_formats/
package final class MetricRegistry: Sendable {
    private struct Family {
        let kind: MetricKind
        let help: String
        var series: [MetricLabels: any MetricSeries] = [:]
        /// The order in which series were made, which is the order of the text.
        var order: [MetricLabels] = []
    }

    private struct Families {
        var byName: [String: Family] = [:]
        var order: [String] = []
    }

    private let families = Mutex(Families())

    package init() {}

    /// A number that only grows.
    ///
    /// - Parameters:
    ///   - name: snake case with the unit and `_total` at its end: `jspg_gateway_accepted_total`.
    ///   - help: one sentence.
    package func counter(_ name: String, help: String, labels: MetricLabels = []) -> MetricCounter {
        series(name, kind: .counter, help: help, labels: labels) { MetricCounter() } ?? MetricCounter()
    }

    /// A number that goes up and down.
    package func gauge(_ name: String, help: String, labels: MetricLabels = []) -> MetricGauge {
        series(name, kind: .gauge, help: help, labels: labels) { MetricGauge() } ?? MetricGauge()
    }

    /// A number that is asked for when the text is made.
    ///
    /// - Parameter read: called on any thread; must not block. `nil`: there is none now, and no line says one.
    package func gauge(
        _ name: String, help: String, labels: MetricLabels = [], read: @escaping @Sendable () -> Double?
    ) {
        _ = series(name, kind: .gauge, help: help, labels: labels) { ObservedGauge(read: read) }
    }

    /// A number that only grows and is asked for when the text is made.
    package func counter(
        _ name: String, help: String, labels: MetricLabels = [], read: @escaping @Sendable () -> Double
    ) {
        _ = series(name, kind: .counter, help: help, labels: labels) { ObservedGauge(read: read) }
    }

    /// How values are spread.
    ///
    /// - Parameter bounds: the buckets' upper bounds, ascending, in the metric's unit; `+Inf` is added.
    package func histogram(
        _ name: String, help: String, labels: MetricLabels = [], bounds: [Double] = MetricHistogram.secondsBounds
    ) -> MetricHistogram {
        series(name, kind: .histogram, help: help, labels: labels) { MetricHistogram(bounds: bounds) }
            ?? MetricHistogram(bounds: bounds)
    }

    /// The text of all metrics, version 0.0.4.
    package func prometheusText() -> [UInt8] {
        // Gauges may take locks of their own when they are read: never under this one.
        let snapshot = families.withLock { families in
            families.order.compactMap { name in families.byName[name].map { (name: name, family: $0) } }
        }
        var text = ""
        text.reserveCapacity(4_096)
        for (name, family) in snapshot {
            text += "# HELP \(name) \(MetricLabels.escapedHelp(family.help))\n"
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for labels in family.order { family.series[labels]?.write(name: name, labels: labels, to: &text) }
        }
        return Array(text.utf8)
    }

    /// The series of that name and labels, made where there is none; `nil` where the name belongs to another kind.
    private func series<Series: MetricSeries>(
        _ name: String, kind: MetricKind, help: String, labels: MetricLabels, make: () -> Series
    ) -> Series? {
        families.withLock { families in
            if families.byName[name] == nil {
                families.byName[name] = Family(kind: kind, help: help)
                families.order.append(name)
            }
            if let existing = families.byName[name]?.series[labels] { return existing as? Series }
            guard families.byName[name]?.kind == kind else { return nil }
            let series = make()
            families.byName[name]?.series[labels] = series
            families.byName[name]?.order.append(labels)
            return series
        }
    }
}
