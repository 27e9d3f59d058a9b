// A durable consumer whose messages are acknowledged one by one.

import ArgusShared

/// Messages of a durable pull consumer, delivered until acknowledged. Usable from several tasks.
///
/// A message that is not acknowledged within the consumer's `acknowledgeWait` comes again, here or at another instance.
public final class PullConsumer: Sendable {
    private let engine: PullEngine
    private let transport: Transport

    init(engine: PullEngine, transport: Transport) {
        self.engine = engine
        self.transport = transport
    }

    deinit {
        engine.closeInBackground()
    }

    /// What is there, up to `max` messages and `maxBytes` bytes (but at least one message), as soon as there is one; nothing after `wait`.
    ///
    /// - Throws: `BusError`: `.cancelled`, `.closed`, `.notFound` when the consumer was deleted, `.permissionDenied`.
    public func next(max: Int, wait: Duration, maxBytes: Int? = nil) async throws(BusError) -> [BusMessage] {
        try await engine.next(maximum: max, wait: wait, maximumBytes: maxBytes ?? .max)
    }

    /// Tells the server that the message is done. Not confirmed: if it gets lost, the message comes again.
    public func acknowledge(_ message: BusMessage) throws(BusError) {
        try answer(message, "+ACK")
    }

    /// The same, and returns once the server knows.
    public func acknowledgeAndConfirm(_ message: BusMessage, timeout: Duration = .seconds(5)) async throws(BusError) {
        let subject = try replySubject(of: message)
        _ = try await transport.exchange(
            Exchanges.Request(subject: subject, headers: [:], payload: Array("+ACK".utf8), resends: true, timeout: timeout))
    }

    /// Asks for the message again, after `delay` if there is one.
    public func negativeAcknowledge(_ message: BusMessage, delay: Duration? = nil) throws(BusError) {
        try answer(message, delay.map { "-NAK {\"delay\":\(Swift.max(0, $0.nanoseconds))}" } ?? "-NAK")
    }

    /// Tells the server never to deliver the message again.
    public func terminate(_ message: BusMessage, reason: String? = nil) throws(BusError) {
        try answer(message, reason.map { "+TERM \($0)" } ?? "+TERM")
    }

    /// Tells the server that work on the message goes on: its time starts anew.
    public func inProgress(_ message: BusMessage) throws(BusError) {
        try answer(message, "+WPI")
    }

    /// The same for every message that waits here to be taken: whoever takes slowly keeps what he has asked for.
    public func keepWaiting() throws(BusError) {
        for message in engine.buffered { try inProgress(message) }
    }

    /// Stops receiving. The durable consumer stays; messages that were buffered here come again after their time.
    public func close() async {
        await engine.close()
    }

    private func answer(_ message: BusMessage, _ text: String) throws(BusError) {
        try transport.send(subject: replySubject(of: message), payload: Array(text.utf8))
    }

    private func replySubject(of message: BusMessage) throws(BusError) -> String {
        guard let reply = message.reply, reply.hasPrefix("$JS.ACK.") else {
            throw BusError(.invalidArgument, "the message on \(message.subject) did not come from a consumer")
        }
        return reply
    }
}
