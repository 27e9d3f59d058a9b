// The last part of an event's way from a bridge to the bus: target, grouping, encoding, message id.

import ArgusBus
import ArgusService
import ArgusShared
import Logging

/// Publishes alert events of bridges, each in a message of its own: the message's id is the event's, so that it counts once.
struct BridgePublisher: Sendable {
    let configuration: ConfigurationStore
    let messages: BusPublisher
    let bus: Bus
    let metrics: BridgeMetrics
    let observer: any GroupCommitObserver
    let logger: Logger

    private static let timeout = Duration.seconds(2)

    /// Puts an event on the bus, once however often it is called.
    func publish(_ event: AlertEvent, source: Bridge.Source) async throws(PublishFailure) {
        var event = event
        guard let target = configuration.known(managerID: event.managerID) else { return skipped(event) }
        target.group(&event)
        let line = event.encodedLine
        let start = ContinuousClock.now
        do throws(PublishFailure) {
            try await messages.publish(line, partition: target.partition, messageID: "bridge.\(event.id)", traceparent: nil)
        } catch {
            observer.failed(events: 1, failure: error)
            throw error
        }
        observer.published(events: 1, bytes: line.count, duration: start.duration(to: .now))
        metrics.made(event.action, of: source)
    }

    /// The sequence of the last message in the stream that an event will be put into; nil if its manager is gone.
    func position(of event: AlertEvent) async throws -> UInt64? {
        guard let target = configuration.known(managerID: event.managerID) else {
            skipped(event)
            return nil
        }
        return try await bus.streamInfo(Streams.eventsName(partition: target.partition)).lastSequence
    }

    /// Puts an event on the bus as the message after `position`. false if there is another one by now.
    func publish(_ event: AlertEvent, at position: UInt64, source: Bridge.Source) async throws -> Bool {
        guard let target = configuration.known(managerID: event.managerID) else { return true }
        do throws(BusError) {
            // Without a message id: a resolve that was stored twice changes nothing the second time.
            try await bus.publish(
                event.encodedLine, to: Subjects.events(partition: target.partition),
                headers: [
                    HeaderName.traceparent: TraceContext.makeRoot().traceparent, HeaderName.schema: Schema.current,
                    "Nats-Expected-Last-Sequence": "\(position)",
                ], timeout: Self.timeout)
        } catch {
            if error.code == .wrongLastSequence { return false }
            throw error
        }
        metrics.made(event.action, of: source)
        return true
    }

    /// Says that the bus will never take an event.
    func refused(_ event: AlertEvent, _ failure: PublishFailure) {
        metrics.failed(.refused)
        logger.error(
            "the bus refuses an alert event of a bridge",
            metadata: [LogKey.dedupKey: "\(event.dedupKey)", LogKey.error: "\(failure.cause ?? failure.message)"])
    }

    private func skipped(_ event: AlertEvent) {
        metrics.failed(.unknownManager)
        logger.error("a bridge names an event manager that does not exist", metadata: [LogKey.manager: "\(event.managerID)"])
    }
}
