// Lets libraries that use swift-metrics report into the same registry.
package import Metrics

/// Bootstraps swift-metrics: `MetricsSystem.bootstrap(registry)`. Names become snake case, timers are histograms of
/// seconds. Metrics live as long as the process.
extension MetricRegistry: MetricsFactory {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(Self.name(label) + "_total", help: label, labels: MetricLabels(dimensions))
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        gauge(Self.name(label), help: label, labels: MetricLabels(dimensions))
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(Self.name(label), help: label, labels: MetricLabels(dimensions))
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        histogram(
            Self.name(label), help: label, labels: MetricLabels(dimensions), bounds: MetricHistogram.sizeBounds)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(Self.name(label) + "_seconds", help: label, labels: MetricLabels(dimensions))
    }

    package func destroyCounter(_: any CounterHandler) {}
    package func destroyFloatingPointCounter(_: any FloatingPointCounterHandler) {}
    package func destroyMeter(_: any MeterHandler) {}
    package func destroyRecorder(_: any RecorderHandler) {}
    package func destroyTimer(_: any TimerHandler) {}

    /// Letters, digits and underscores.
    private static func name(_ label: String) -> String {
        let name = String(
            label.map { character in
                character.isASCII && (character.isLetter || character.isNumber) ? character : "_"
            })
        return name.first?.isNumber == true ? "_\(name)" : name
    }
}

extension MetricCounter: CounterHandler {
    package func increment(by amount: Int64) { increment(by: Int(amount)) }
    package func reset() { resetToZero() }
}

extension MetricGauge: MeterHandler, FloatingPointCounterHandler {
    package func set(_ value: Int64) { set(Double(value)) }
    package func increment(by amount: Double) { add(amount) }
    package func decrement(by amount: Double) { add(-amount) }
    package func reset() { set(0.0) }
}

extension MetricHistogram: RecorderHandler, TimerHandler {
    package func record(_ value: Int64) { record(Double(value)) }
    package func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
