// What the bridges measure.

import ArgusService
import ArgusShared

/// Counts what bridges make and what they cannot.
struct BridgeMetrics: Sendable {
    static let eventsName = "argus_ingest_bridge_events_total"
    static let failuresName = "argus_ingest_bridge_failures_total"

    /// Why something was not made of an event.
    enum Failure: String, CaseIterable {
        case unreadable, unavailable, refused, abandoned
        case unknownManager = "unknown_event_manager"
    }

    private struct Series: Hashable {
        var source: Bridge.Source
        var action: AlertEvent.Action
    }

    private let events: [Series: MetricCounter]
    private let failures: [Failure: MetricCounter]

    init(registry: MetricsRegistry) {
        var events: [Series: MetricCounter] = [:]
        for source in Bridge.Source.allCases {
            for action in [AlertEvent.Action.trigger, .resolve] {
                events[Series(source: source, action: action)] = registry.counter(
                    Self.eventsName, help: "Alert events made by bridges.",
                    labels: [("source", source.rawValue), ("action", action.rawValue)])
            }
        }
        self.events = events
        failures = Dictionary(
            uniqueKeysWithValues: Failure.allCases.map { failure in
                let counter = registry.counter(
                    Self.failuresName, help: "Attempts of bridges that made no alert event.", labels: [("reason", failure.rawValue)])
                return (failure, counter)
            })
    }

    func made(_ action: AlertEvent.Action, of source: Bridge.Source) {
        events[Series(source: source, action: action)]?.increment()
    }

    func failed(_ failure: Failure) {
        failures[failure]?.increment()
    }
}
