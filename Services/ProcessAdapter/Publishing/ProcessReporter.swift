// Compares with what was published, and publishes the difference.

import ArgusBus
import ArgusShared
import ProcessCompose

/// A tracker whose events are published. What could not be published counts as not seen, so that the next look says it again.
struct ProcessReporter {
    private var tracker = ProcessTracker()
    private var publisher: ProcessEventPublisher
    private let instance: String
    private let metrics: InstanceMetrics
    /// What was published of processes that may be another's, until one of ours turns out to have that name.
    private var unclaimed: [ProcessTracker.Key: ProcessEvent] = [:]
    /// Processes of which another adapter knew more: what was seen of them until then may be older than what it said, so that only a look
    /// that begins now counts.
    private(set) var overtaken: Set<ProcessTracker.Key> = []

    init(publisher: ProcessEventPublisher, instance: String, metrics: InstanceMetrics) {
        self.publisher = publisher
        self.instance = instance
        self.metrics = metrics
    }

    /// Takes up what was published before, by whichever adapter of the same process-compose.
    mutating func recover() async throws {
        for event in try await publisher.recover() {
            switch ownership(of: event.namespace) {
            case .ours: tracker.adopt(event)
            case .perhaps: unclaimed[ProcessTracker.Key(event.state)] = event
            case .anothers: break
            }
        }
    }

    mutating func expectStop(of key: ProcessTracker.Key, until deadline: Timestamp) {
        tracker.expectStop(of: key, until: deadline)
    }

    /// Reports a change that process-compose sent.
    mutating func report(_ process: ObservedProcess, at time: Timestamp) async throws(BusError) {
        let key = ProcessTracker.Key(process.state)
        guard !overtaken.contains(key) else { return }
        try await report(key) { $0.observe(process, at: time) }
    }

    /// Whether a complete list says anything that was not known.
    func hasNews(_ processes: [ObservedProcess], at time: Timestamp) -> Bool {
        var copy = tracker
        let present = Set(processes.map { ProcessTracker.Key($0.state) })
        return processes.contains { !copy.observe($0, at: time).isEmpty } || copy.keys.contains { !present.contains($0) }
    }

    /// Reports what a complete list says that was not known.
    ///
    /// - Parameter busy: processes of which changes wait that may be older than the list: what they say in their order is right.
    mutating func report(all processes: [ObservedProcess], except busy: Set<ProcessTracker.Key>, at time: Timestamp) async throws(BusError)
    {
        overtaken.formIntersection(busy)
        let sorted = processes.map { (key: ProcessTracker.Key($0.state), process: $0) }.sorted { $0.key < $1.key }
        for (key, process) in sorted where !busy.contains(key) {
            try await report(key) { $0.observe(process, at: time) }
        }
        let present = Set(sorted.map(\.key))
        for key in tracker.keys where !present.contains(key) && !busy.contains(key) {
            try await report(key) { $0.forget(key, at: time) }
        }
    }

    private mutating func report(
        _ key: ProcessTracker.Key, _ observe: (inout ProcessTracker) -> [ProcessEvent]
    ) async throws(BusError) {
        if let event = unclaimed.removeValue(forKey: key), !tracker.knows(key) { tracker.adopt(event) }
        let before = tracker
        let events = observe(&tracker)
        guard !events.isEmpty else { return }
        let outcome = await publisher.publish(events, of: key)
        for event in events.prefix(outcome.published) { metrics.published(event.kind) }
        guard outcome.published < events.count else { return }
        tracker = before
        if let event = outcome.overtaken {
            tracker.adopt(event)
            overtaken.insert(key)
        } else if outcome.published > 0 {
            tracker.adopt(events[outcome.published - 1])
        }
        if let failure = outcome.failure { throw failure }
    }

    private enum Ownership {
        case ours, perhaps, anothers
    }

    /// A process-compose with a name has its processes in namespaces of its own.
    private func ownership(of namespace: String) -> Ownership {
        if !instance.isEmpty { return namespace.hasPrefix("\(instance)/") ? .ours : .anothers }
        return namespace.contains("/") ? .perhaps : .ours
    }
}
