// What the processor counts.
import Telemetry

/// The processor's metrics, by table where that matters.
struct ProcessorMetrics: Sendable {
    let registry: MetricRegistry
    let batches: MetricCounter
    let transactions: MetricCounter
    let batchSize: MetricHistogram
    let transactionSeconds: MetricHistogram
    let catchUps: MetricCounter
    let retries: MetricCounter
    let deadLetters: MetricCounter

    init(registry: MetricRegistry) {
        self.registry = registry
        batches = registry.counter("jspg_processor_batches_total", help: "Batches of a partition committed.")
        transactions = registry.counter(
            "jspg_processor_transactions_total", help: "Transactions committed, each with one batch or several.")
        batchSize = registry.histogram(
            "jspg_processor_transaction_operations", help: "Operations in a transaction.",
            bounds: MetricHistogram.sizeBounds)
        transactionSeconds = registry.histogram(
            "jspg_processor_transaction_seconds", help: "Duration of a transaction, in seconds.")
        catchUps = registry.counter(
            "jspg_processor_catch_ups_total", help: "Times a worker read the stream itself before it went on.")
        retries = registry.counter(
            "jspg_processor_retries_total", help: "Batches that were tried again after a transient failure.")
        deadLetters = registry.counter(
            "jspg_processor_dead_letters_total", help: "Messages put into the dead-letter stream.")
    }

    /// Counts operations that ended.
    func ended(table: String, completed: Int, failed: Int) {
        for (status, count) in [("completed", completed), ("failed", failed)] where count > 0 {
            registry.counter(
                "jspg_processor_operations_total", help: "Operations that ended.",
                labels: ["table": table, "status": status]
            ).increment(by: count)
        }
    }
}
