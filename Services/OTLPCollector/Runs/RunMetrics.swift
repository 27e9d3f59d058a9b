// What the making of runs and of processes' logs measures.

import ArgusService

/// The names of these metrics.
enum RunMetricNames {
    static let observations = "argus_run_observations_total"
    static let spans = "argus_run_spans_total"
    static let lost = "argus_runs_lost_total"
    static let pending = "argus_run_pending_messages"
    static let retries = "argus_run_retries_total"
}

/// The metrics of one consumer.
struct RunMetrics: Sendable {
    let taken: MetricCounter
    let refused: MetricCounter
    let spans: MetricCounter
    let lost: MetricCounter
    let pending: MetricGauge
    let retries: MetricCounter

    /// - Parameter source: `observations` or `processes`.
    init(_ registry: MetricsRegistry, source: String) {
        let labels = [("source", source)]
        func counter(_ outcome: String) -> MetricCounter {
            registry.counter(
                RunMetricNames.observations, help: "Observations and changes of processes taken from the bus.",
                labels: labels + [("outcome", outcome)])
        }
        taken = counter("taken")
        refused = counter("refused")
        spans = registry.counter(RunMetricNames.spans, help: "Spans of runs and of attempts that were published.")
        lost = registry.counter(RunMetricNames.lost, help: "Runs whose end did not come in time.")
        pending = registry.gauge(RunMetricNames.pending, help: "Messages on the bus that no collector has taken yet.", labels: labels)
        retries = registry.counter(RunMetricNames.retries, help: "Attempts that failed and were made again.", labels: labels)
    }
}
