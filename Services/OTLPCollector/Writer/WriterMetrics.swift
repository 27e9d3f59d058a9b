// What the writers and the dead letters measure.

import ArgusService

/// The names of these metrics.
enum WriterMetricNames {
    static let stored = "argus_stored_items_total"
    static let duplicates = "argus_duplicate_items_total"
    static let batchItems = "argus_writer_batch_items"
    static let transaction = "argus_writer_transaction_seconds"
    static let retries = "argus_writer_retries_total"
    static let pending = "argus_writer_pending_messages"
    static let heldBytes = "argus_writer_held_bytes"
    static let deadLettered = "argus_dead_lettered_total"
    static let spilled = "argus_dlq_spilled_messages_total"
    static let replayed = "argus_dlq_replayed_messages_total"
    static let asideFiles = "argus_dlq_aside"
    static let spillFailures = "argus_dlq_failures_total"
}

/// The metrics of one signal's writer. One set for a signal: the registry gives out the same series for the same name.
struct WriterMetrics: Sendable {
    /// Time of a transaction that stored something.
    let transaction: MetricHistogram
    let batchItems: MetricHistogram
    let retries: MetricCounter
    let pending: MetricGauge
    let heldBytes: MetricGauge
    let spilled: MetricCounter
    private let storedItems: MetricCounter
    private let duplicates: MetricCounter
    private let deadItems: MetricCounter
    private let deadMessages: MetricCounter

    init(_ registry: MetricsRegistry, signal: OTLPSignal) {
        let labels = [("signal", signal.text)]
        transaction = registry.histogram(
            WriterMetricNames.transaction, help: "Time of a transaction that stores a batch, with the wait for its turn.", labels: labels)
        batchItems = registry.histogram(
            WriterMetricNames.batchItems, help: "Spans or log records in one transaction.", labels: labels,
            buckets: MetricHistogram.countBuckets)
        retries = registry.counter(WriterMetricNames.retries, help: "Transactions that failed and were tried again.", labels: labels)
        pending = registry.gauge(
            WriterMetricNames.pending, help: "Messages on the bus that are not stored yet.", labels: labels)
        heldBytes = registry.gauge(WriterMetricNames.heldBytes, help: "Bytes of messages taken and not stored yet.", labels: labels)
        spilled = registry.counter(WriterMetricNames.spilled, help: "Messages written to dead-letter files.", labels: labels)
        storedItems = registry.counter(WriterMetricNames.stored, help: "Spans or log records stored.", labels: labels)
        duplicates = registry.counter(
            WriterMetricNames.duplicates, help: "Spans or log records that had been stored before.", labels: labels)
        func dead(_ kind: String) -> MetricCounter {
            registry.counter(
                WriterMetricNames.deadLettered, help: "Items and messages that could not be stored.", labels: labels + [("kind", kind)])
        }
        deadItems = dead("item")
        deadMessages = dead("message")
    }

    /// Counts what a transaction stored.
    func stored(_ summary: WriteSummary) {
        storedItems.increment(by: summary.stored)
        duplicates.increment(by: summary.duplicates)
    }

    /// Counts what was dead-lettered.
    func deadLettered(items: Int = 0, messages: Int = 0) {
        deadItems.increment(by: items)
        deadMessages.increment(by: messages)
    }
}
