// Compares, publishes, and compares again if another adapter was faster.

import ArgusBus
import ArgusShared
import ProcessCompose

/// A tracker whose events are published. If publishing fails, what was seen counts as not seen, so that the next look says it again.
struct ProcessReporter {
    private var tracker = ProcessTracker()
    private var publisher: ProcessEventPublisher
    private let instance: String
    private let metrics: InstanceMetrics

    init(publisher: ProcessEventPublisher, instance: String, metrics: InstanceMetrics) {
        self.publisher = publisher
        self.instance = instance
        self.metrics = metrics
    }

    /// Takes up what was published before, by whichever adapter of the same process-compose.
    mutating func recover() async throws {
        for event in try await publisher.recover() where isOurs(event.namespace) { tracker.adopt(event) }
    }

    mutating func expectStop(of key: ProcessTracker.Key) {
        tracker.expectStop(of: key)
    }

    /// Reports what one process's state says that was not known.
    mutating func report(_ process: ObservedProcess, at time: Timestamp) async throws(BusError) {
        try await report(ProcessTracker.Key(process.state)) { $0.observe(process, at: time) }
    }

    /// Reports what a complete list says that was not known.
    mutating func report(all processes: [ObservedProcess], at time: Timestamp) async throws(BusError) {
        for process in processes.sorted(by: { ProcessTracker.Key($0.state) < ProcessTracker.Key($1.state) }) {
            try await report(process, at: time)
        }
        let present = Set(processes.map { ProcessTracker.Key($0.state) })
        for key in tracker.keys where !present.contains(key) {
            try await report(key) { $0.forget(key, at: time) }
        }
    }

    private mutating func report(
        _ key: ProcessTracker.Key, _ observe: (inout ProcessTracker) -> [ProcessEvent]
    ) async throws(BusError) {
        // Every round has another adapter publish an event, so there are few.
        for _ in 0..<100 {
            let before = tracker
            let events = observe(&tracker)
            guard !events.isEmpty else { return }
            do throws(BusError) {
                switch try await publisher.publish(events, of: key) {
                case .published:
                    for event in events { metrics.published(event.kind) }
                    return
                case .overtaken(let event): tracker.adopt(event)
                }
            } catch {
                tracker = before
                throw error
            }
        }
    }

    /// A process-compose with a name has its processes in namespaces of its own.
    private func isOurs(_ namespace: String) -> Bool {
        instance.isEmpty ? !namespace.contains("/") : namespace.hasPrefix("\(instance)/")
    }
}
