// Keeps what could not be handled, with the reason.

import ArgusBus
import ArgusService
import ArgusShared
import Logging

/// Writes to the dead-letter stream.
struct DeadLetters: Sendable {
    /// What could not be handled.
    enum Kind: String, CaseIterable, Sendable {
        case commit, notification
    }

    private let bus: Bus
    private let counters: [Kind: MetricCounter]
    private let logger: Logger

    init(bus: Bus, metrics: MetricsRegistry, logger: Logger) {
        self.bus = bus
        self.logger = logger
        counters = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { kind in
                (
                    kind,
                    metrics.counter(
                        MetricNames.deadLettered, help: "Messages that could not be handled.", labels: [("kind", kind.rawValue)])
                )
            })
    }

    /// Keeps a message; it counts once, however often it is given up.
    ///
    /// - Throws: `BusError`.
    func add(_ message: BusMessage, kind: Kind, reason: String) async throws {
        var headers = message.headers
        headers[HeaderName.messageID] = nil
        headers[HeaderName.reason] = String(reason.map { $0.isNewline || $0 == "\0" ? " " : $0 }.prefix(1024))
        headers[HeaderName.originalSubject] = message.subject
        headers[HeaderName.originalSequence] = message.metadata.map { "\($0.streamSequence)" }
        let identifier = message.metadata.map { "\($0.stream).\($0.streamSequence)" } ?? Identifier.make()
        _ = try await bus.publish(
            message.payload, to: Subjects.deadLetters(service: ServiceName.alertAPI, kind: kind.rawValue), headers: headers,
            messageID: "dead.\(identifier)")
        counters[kind]?.increment()
        logger.error(
            "a message was dead-lettered",
            metadata: [
                LogKey.subject: "\(message.subject)", LogKey.error: "\(reason)",
                LogKey.sequence: "\(message.metadata?.streamSequence ?? 0)",
            ])
    }
}
