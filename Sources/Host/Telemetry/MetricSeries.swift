// What every metric can do.

/// One line, or one group of lines, of the text.
protocol MetricSeries: AnyObject, Sendable {
    /// Appends the lines with the values of now.
    func write(name: String, labels: MetricLabels, to text: inout String)
}

/// The types of the Prometheus text format.
enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// A number as the text format wants it: `3`, `0.25`, `+Inf`, `NaN`.
func metricText(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    if value == value.rounded(), abs(value) < 9e15 { return String(Int64(value)) }
    return String(value)
}
