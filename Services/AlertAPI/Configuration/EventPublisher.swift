// Puts events of alert-api's own onto the bus.

import ArgusBus
import ArgusShared

/// Publishes resolves and acknowledgements into the partitions of their managers.
struct EventPublisher: Sendable {
    /// The most events one message carries.
    private static let eventsPerMessage = 500

    let bus: Bus
    let partitions: Int

    /// Publishes events in order and waits until the bus has them.
    ///
    /// - Throws: `BusError`; a part of the events may have been published then.
    func publish(_ events: [AlertEvent]) async throws {
        for (partition, events) in Dictionary(grouping: events, by: { Partitioning.partition(ofManager: $0.managerID, count: partitions) })
        {
            for start in stride(from: 0, to: events.count, by: Self.eventsPerMessage) {
                var writer = JSONWriter(capacity: 256 * Self.eventsPerMessage)
                for event in events[start..<min(start + Self.eventsPerMessage, events.count)] {
                    event.write(to: &writer)
                    writer.newline()
                }
                _ = try await bus.publish(
                    writer.bytes, to: Subjects.events(partition: partition),
                    headers: [HeaderName.traceparent: TraceContext.makeRoot().traceparent, HeaderName.schema: Schema.current],
                    messageID: Identifier.make())
            }
        }
    }
}
