// What the adapter counts.

import ArgusService
import ArgusShared

/// Metrics of one process-compose.
struct InstanceMetrics: Sendable {
    let isUp: MetricGauge
    let polls: MetricCounter
    let failures: MetricCounter
    let processes: MetricGauge
    private let events: [ProcessEvent.Kind: MetricCounter]
    private let commands: [ProcessOutcome.Status: MetricCounter]

    init(_ registry: MetricsRegistry, instance: String) {
        let labels = [("instance", instance.isEmpty ? "default" : instance)]
        isUp = registry.gauge("argus_compose_up", help: "Whether process-compose answers.", labels: labels)
        polls = registry.counter("argus_compose_polls_total", help: "Looks at all processes.", labels: labels)
        failures = registry.counter("argus_compose_poll_failures_total", help: "Looks that failed.", labels: labels)
        processes = registry.gauge("argus_processes", help: "Processes known.", labels: labels)
        events = Dictionary(
            uniqueKeysWithValues: ProcessEvent.Kind.allCases.map { kind in
                (
                    kind,
                    registry.counter(
                        "argus_process_events_total", help: "Process events published.", labels: labels + [("type", kind.rawValue)])
                )
            })
        commands = Dictionary(
            uniqueKeysWithValues: ProcessOutcome.Status.allCases.filter { $0 != .accepted }.map { status in
                (
                    status,
                    registry.counter(
                        "argus_process_commands_total", help: "Commands answered.", labels: labels + [("outcome", status.rawValue)])
                )
            })
    }

    func answered(_ status: ProcessOutcome.Status) {
        commands[status]?.increment()
    }

    func published(_ kind: ProcessEvent.Kind) {
        events[kind]?.increment()
    }
}
