// What the doors count.

import ArgusService

/// Handles of the receiver's metrics.
final class ReceiverMetrics: Sendable {
    /// Messages that the bus did not take.
    let publishFailures: MetricCounter
    /// Rejected items whose dead letters found no room.
    let lettersDropped: MetricCounter

    private struct Key: Hashable {
        var signal: ExportSignal
        var transport: ExportTransport
    }

    private struct Door {
        var accepted: MetricCounter
        var rejected: MetricCounter
        var duration: MetricHistogram
        var bytes: MetricCounter
        var refused: [ExportFailure.Kind: MetricCounter]
    }

    private let doors: [Key: Door]
    private let publishes: MetricCounter
    private let publishedBytes: MetricCounter
    private let publishDuration: MetricHistogram
    private let requestsPerMessage: MetricHistogram

    init(registry: MetricsRegistry, budget: ByteBudget) {
        var doors: [Key: Door] = [:]
        for signal in ExportSignal.allCases {
            for transport in ExportTransport.allCases {
                doors[Key(signal: signal, transport: transport)] = Self.door(signal, transport, registry)
            }
        }
        self.doors = doors
        publishes = registry.counter("argus_otlp_published_messages_total", help: "Messages of telemetry that the bus took.")
        publishedBytes = registry.counter("argus_otlp_published_bytes_total", help: "Bytes of telemetry that the bus took.")
        publishDuration = registry.histogram(
            "argus_otlp_publish_duration_seconds", help: "Time until the bus acknowledged a message of telemetry.")
        requestsPerMessage = registry.histogram(
            "argus_otlp_requests_per_message", help: "Requests that travelled together.", buckets: MetricHistogram.countBuckets)
        publishFailures = registry.counter("argus_otlp_publish_failures_total", help: "Messages of telemetry that the bus did not take.")
        lettersDropped = registry.counter(
            "argus_otlp_letters_dropped_total", help: "Rejected items that were not kept as dead letters either.")
        registry.gauge("argus_otlp_in_flight_bytes", help: "Bytes of requests on their way to the bus.") { Double(budget.inFlight) }
    }

    /// A message is on the bus.
    func published(requests: Int, bytes: Int, duration: Duration) {
        publishes.increment()
        publishedBytes.increment(by: bytes)
        publishDuration.record(duration)
        requestsPerMessage.record(Double(requests))
    }

    /// A request was answered.
    func answered(
        _ outcome: Result<ExportAccepted, ExportFailure>, _ signal: ExportSignal, _ transport: ExportTransport, bytes: Int,
        duration: Duration
    ) {
        guard let door = doors[Key(signal: signal, transport: transport)] else { return }
        door.duration.record(duration)
        door.bytes.increment(by: bytes)
        switch outcome {
        case .success(let result):
            door.accepted.increment(by: result.accepted)
            if result.rejected > 0 { door.rejected.increment(by: result.rejected) }
        case .failure(let failure): door.refused[failure.kind]?.increment()
        }
    }

    private static func door(_ signal: ExportSignal, _ transport: ExportTransport, _ registry: MetricsRegistry) -> Door {
        let labels = [("signal", signal.rawValue), ("transport", transport.rawValue)]
        var refused: [ExportFailure.Kind: MetricCounter] = [:]
        for kind in ExportFailure.Kind.allCases {
            refused[kind] = registry.counter(
                "argus_otlp_refused_total", help: "Export requests refused, by reason.", labels: labels + [("reason", kind.rawValue)])
        }
        return Door(
            accepted: registry.counter(
                MetricNames.ingestionRate, help: "Spans and log records accepted on the bus.", labels: labels),
            rejected: registry.counter("argus_otlp_rejected_total", help: "Spans, log records and points rejected.", labels: labels),
            duration: registry.histogram(
                "argus_otlp_request_duration_seconds", help: "Time from an export request's head to its answer.", labels: labels),
            bytes: registry.counter("argus_otlp_received_bytes_total", help: "Bytes of export requests, as sent.", labels: labels),
            refused: refused)
    }
}
