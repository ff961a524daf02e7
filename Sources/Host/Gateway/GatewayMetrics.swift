// What the gateway counts.
import HTTP
import Synchronization
package import Telemetry

/// The gateway's metrics. Any thread.
package final class GatewayMetrics: Sendable {
    package let registry: MetricRegistry
    private let replayed: MetricCounter
    private let singles: MetricCounter
    private let batches: MetricCounter
    private let refusedBatches: MetricCounter
    private let batchSize: MetricHistogram
    private let batchTime: MetricHistogram
    private let streamFull: MetricGauge
    private let accepted = Mutex<[String: MetricCounter]>([:])
    private let refused: [ProblemKind: MetricCounter]

    package init(_ registry: MetricRegistry) {
        self.registry = registry
        replayed = registry.counter(
            "jspg_gateway_replayed_total", help: "Writes answered again under the same idempotency key.")
        singles = registry.counter(
            "jspg_gateway_commits_total", help: "Publishes to JetStream.", labels: ["kind": "single"])
        batches = registry.counter(
            "jspg_gateway_commits_total", help: "Publishes to JetStream.", labels: ["kind": "batch"])
        refusedBatches = registry.counter(
            "jspg_gateway_batches_repeated_total",
            help: "Atomic batches that were refused or not answered, and published again one by one.")
        batchSize = registry.histogram(
            "jspg_gateway_batch_size", help: "Writes in an atomic batch.", bounds: MetricHistogram.sizeBounds)
        batchTime = registry.histogram(
            "jspg_gateway_batch_seconds", help: "Time until JetStream has confirmed an atomic batch.")
        streamFull = registry.gauge(
            "jspg_gateway_stream_full", help: "1 while JetStream refuses writes because the stream is full.")
        var refused: [ProblemKind: MetricCounter] = [:]
        for kind in ProblemKind.allCases {
            refused[kind] = registry.counter(
                "jspg_gateway_refused_total", help: "Write requests that were refused, by reason.",
                labels: ["reason": kind.rawValue])
        }
        self.refused = refused
    }

    /// A write was stored, or had been stored before.
    func accepted(table: String, isReplayed: Bool) {
        guard !isReplayed else { return replayed.increment() }
        // One counter for each table; the tables are few and the lock is held for a look-up.
        let counter = accepted.withLock { counters in
            if let counter = counters[table] { return counter }
            let counter = registry.counter(
                "jspg_gateway_accepted_total", help: "Writes stored in JetStream.", labels: ["table": table])
            counters[table] = counter
            return counter
        }
        counter.increment()
    }

    func refused(_ kind: ProblemKind) {
        refused[kind]?.increment()
    }

    func commits(singles count: Int) {
        singles.increment(by: count)
    }

    func committedBatch(_ count: Int, answer: BatchPublishResult, took duration: Duration) {
        batches.increment()
        batchSize.record(Double(count))
        batchTime.record(duration)
        if case .stored = answer { return }
        refusedBatches.increment()
    }

    func streamIsFull(_ isFull: Bool) {
        streamFull.set(isFull ? 1 : 0)
    }
}
