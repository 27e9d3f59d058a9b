// Puts what cannot be stored on the dead-letter stream, with the reason.

import ArgusBus
import ArgusService
import ArgusShared
import Logging

/// Publishes refused messages and refused items of messages.
struct RefusalPublisher: Sendable {
    /// What is dead-lettered of a message, or all of it.
    struct Refusal: Sendable {
        /// The last token of the subject: `spans`, `logs` or `messages`.
        var kind: String
        var reason: String
        /// An OTLP request.
        var payload: [UInt8]
        /// How many spans; 0 for a whole message.
        var items: Int
        /// The message it came with.
        var original: BusMessage
        /// Tells several of one message apart.
        var number: Int
    }

    private static let longestReason = 1024
    private static let publishesAtOnce = 32

    let bus: Bus
    let signal: OTLPSignal
    let metrics: WriterMetrics
    let logger: Logger

    /// What becomes of the refused items of a batch.
    func refusals(of items: [RejectedItem], in handles: [BusMessage]) -> [Refusal] {
        items.enumerated().map { number, item in
            let kind = item.kind == .message ? "messages" : signal == .traces ? "spans" : "logs"
            return Refusal(
                kind: kind, reason: item.reason, payload: item.payload, items: item.kind == .message ? 0 : item.count,
                original: handles[item.message], number: number)
        }
    }

    /// Publishes until the bus has all of them.
    ///
    /// - Throws: `CancellationError` when the service stops before.
    func publish(_ refusals: [Refusal], tooLarge: @escaping @Sendable (Refusal) async throws -> Void) async throws {
        var remaining = refusals[...]
        while !remaining.isEmpty {
            let some = remaining.prefix(Self.publishesAtOnce)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for refusal in some { group.addTask { try await publish(refusal, tooLarge: tooLarge) } }
                try await group.waitForAll()
            }
            remaining = remaining.dropFirst(some.count)
        }
    }

    /// What is too large for the bus with a reason added goes to the dead-letter files.
    private func publish(_ refusal: Refusal, tooLarge: (Refusal) async throws -> Void) async throws {
        let line = String(refusal.reason.map { $0.isNewline || $0 == "\0" ? " " : $0 }.prefix(Self.longestReason))
        var headers = refusal.original.headers
        headers[HeaderName.reason] = line
        headers[HeaderName.originalSubject] = refusal.original.subject
        headers[HeaderName.originalSequence] = refusal.original.metadata.map { "\($0.streamSequence)" }
        headers[HeaderName.messageID] = nil
        let identity =
            refusal.original.metadata.map { "\($0.stream).\($0.streamSequence).\($0.timestamp.milliseconds)" } ?? Identifier.make()
        let subject = Subjects.deadLetters(service: ServiceName.otlpCollector, kind: refusal.kind)
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5))
        while true {
            do {
                try await bus.publish(refusal.payload, to: subject, headers: headers, messageID: "dead.\(identity).\(refusal.number)")
                break
            } catch let error where error.code == .payloadTooLarge {
                try await tooLarge(refusal)
                break
            } catch {
                if error.code == .cancelled || error.code == .closed { throw CancellationError() }
                logger.warning("a dead letter could not be published, trying again", metadata: [LogKey.error: "\(error)"])
            }
            try await Task.sleep(for: backoff.next())
        }
        metrics.deadLettered(items: refusal.items, messages: refusal.items == 0 ? 1 : 0)
        logger.error(
            "telemetry was dead-lettered",
            metadata: [
                LogKey.subject: "\(refusal.original.subject)", LogKey.error: "\(line)",
                LogKey.sequence: "\(refusal.original.metadata?.streamSequence ?? 0)",
            ])
    }
}
