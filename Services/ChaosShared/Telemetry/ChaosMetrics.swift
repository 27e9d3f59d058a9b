// What the demo services measure.

public import ArgusService

/// Metrics of a demo service.
public final class ChaosMetrics: Sendable {
    /// What ended a request.
    private enum Outcome: String, CaseIterable {
        case success, failure, timeout
    }

    private let requests: [Outcome: MetricCounter]
    private let duration: MetricHistogram
    let slowed: MetricCounter
    let failed: MetricCounter
    let expired: MetricCounter
    /// Requests that got an answer given before.
    public let replays: MetricCounter
    let rejected: MetricCounter
    let unanswered: MetricCounter

    init(registry: MetricsRegistry) {
        requests = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map { outcome in
                let counter = registry.counter(
                    ChaosMetricName.requests, help: "Requests worked on, by outcome.", labels: [("outcome", outcome.rawValue)])
                return (outcome, counter)
            })
        duration = registry.histogram(ChaosMetricName.duration, help: "Time of working on a request, faults included.")
        let faults = { registry.counter(ChaosMetricName.faults, help: "Faults on purpose, by kind.", labels: [("kind", $0)]) }
        slowed = faults("latency")
        failed = faults("error")
        expired = registry.counter(ChaosMetricName.expired, help: "Calls that came after their deadline and were not worked on.")
        replays = registry.counter(ChaosMetricName.replays, help: "Requests that got the answer of an earlier one with the same key.")
        rejected = registry.counter(ChaosMetricName.rejected, help: "Messages that were no call, and went to the dead letters.")
        unanswered = registry.counter(ChaosMetricName.unansweredCalls, help: "Calls to another service without an answer in time.")
    }

    /// Counts a request that was worked on.
    public func answered(status: Int, duration time: Duration) {
        let outcome: Outcome =
            switch status {
            case 504: .timeout
            case 500...: .failure
            default: .success
            }
        requests[outcome]?.increment()
        duration.record(time)
    }
}
