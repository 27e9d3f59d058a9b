// What the gateway measures.

import ArgusService
import ArgusShared

/// Names of the gateway's own metrics.
enum IngestMetricName {
    static let accepted = "argus_ingest_events_total"
    static let rejected = "argus_ingest_rejected_total"
    static let messageEvents = "argus_ingest_message_events"
    static let messageBytes = "argus_ingest_message_bytes_total"
    static let publishDuration = "argus_ingest_publish_duration_seconds"
    static let publishRetries = "argus_ingest_publish_retries_total"
    static let publishFailures = "argus_ingest_publish_failures_total"
    static let waiting = "argus_ingest_waiting_events"
    static let inFlight = "argus_ingest_requests_in_flight"
    static let managers = "argus_ingest_event_managers"
    static let busReconnects = "argus_bus_reconnects_total"
    static let busOutstanding = "argus_bus_outstanding_requests"
    static let busUnanswered = "argus_bus_unanswered_requests_total"
}

/// The ways in.
enum Door: String, CaseIterable {
    case event = "v1_events"
    case batch = "v1_events_batch"
    case pagerDuty = "v2_enqueue"
    case alertmanager = "api_v2_alerts"
}

/// The gateway's metrics.
final class IngestMetrics: Sendable {
    private struct Series: Hashable {
        var door: Door
        var action: AlertEvent.Action
    }

    private let registry: MetricsRegistry
    private let accepted: [Series: MetricCounter]
    private let messageEvents: MetricHistogram
    private let messageBytes: MetricCounter
    private let publishDuration: MetricHistogram
    private let publishRetries: MetricCounter
    private let publishFailures: [PublishFailure.Kind: MetricCounter]
    /// Requests being handled.
    let inFlight: MetricGauge

    init(registry: MetricsRegistry) {
        self.registry = registry
        accepted = Self.acceptedCounters(registry)
        messageEvents = registry.histogram(
            IngestMetricName.messageEvents, help: "Events per message on the bus.", buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500])
        messageBytes = registry.counter(IngestMetricName.messageBytes, help: "Bytes of messages put on the bus.")
        publishDuration = registry.histogram(
            IngestMetricName.publishDuration, help: "Time from sending a message to its acknowledgement, repetitions included.")
        publishRetries = registry.counter(IngestMetricName.publishRetries, help: "Messages sent once more.")
        publishFailures = Self.failureCounters(registry)
        inFlight = registry.gauge(IngestMetricName.inFlight, help: "Requests that bring events and are not answered yet.")
    }

    private static func acceptedCounters(_ registry: MetricsRegistry) -> [Series: MetricCounter] {
        var counters: [Series: MetricCounter] = [:]
        for door in Door.allCases {
            for action in [AlertEvent.Action.trigger, .resolve, .acknowledge] {
                counters[Series(door: door, action: action)] = registry.counter(
                    IngestMetricName.accepted, help: "Events taken in and safe on the bus.",
                    labels: [("door", door.rawValue), ("action", action.rawValue)])
            }
        }
        return counters
    }

    private static func failureCounters(_ registry: MetricsRegistry) -> [PublishFailure.Kind: MetricCounter] {
        var counters: [PublishFailure.Kind: MetricCounter] = [:]
        for kind in PublishFailure.Kind.allCases {
            counters[kind] = registry.counter(
                IngestMetricName.publishFailures, help: "Messages given up.", labels: [("reason", kind.rawValue)])
        }
        return counters
    }

    /// Counts events that were taken.
    func accepted(_ action: AlertEvent.Action, door: Door) {
        accepted[Series(door: door, action: action)]?.increment()
    }

    /// Counts events (or a whole request, where no event could be told apart) that were not taken.
    func rejected(code: String, door: Door) {
        registry.counter(
            IngestMetricName.rejected, help: "Events not taken, and requests in which none could be told apart.",
            labels: [("door", door.rawValue), ("code", code)]
        ).increment()
    }
}

extension IngestMetrics: GroupCommitObserver {
    func published(events: Int, bytes: Int, duration: Duration) {
        messageEvents.record(Double(events))
        messageBytes.increment(by: bytes)
        publishDuration.record(duration)
    }

    func retried() {
        publishRetries.increment()
    }

    func failed(events: Int, failure: PublishFailure) {
        publishFailures[failure.kind]?.increment()
    }
}
