// Calls another service over the bus.

import ArgusBus
import ArgusService
import ArgusShared
import ArgusTelemetry
import Tracing

/// Makes calls: a message in the stream of calls, and an answer in this instance's inbox. Thread-safe.
public struct CallClient: Sendable {
    private let caller: ChaosService
    private let bus: Bus
    private let inbox: ReplyInbox
    private let tracer: any Tracer
    private let unanswered: ChaosMetrics

    init(caller: ChaosService, bus: Bus, inbox: ReplyInbox, tracer: any Tracer, metrics: ChaosMetrics) {
        self.caller = caller
        self.bus = bus
        self.inbox = inbox
        self.tracer = tracer
        unanswered = metrics
    }

    /// Calls a service and waits for its answer, at most until the deadline.
    ///
    /// - Parameter key: Calls of the same key get the same answer.
    /// - Returns: Its answer, or a failure of ours: 504 where it did not answer in time, 503 where the bus did not take the call.
    /// - Throws: `CancellationError`.
    public func call(_ callee: ChaosService, _ line: OrderLine, key: String, before deadline: CallDeadline) async throws -> CallAnswer {
        try await tracer.withAnySpan("\(callee.operation) \(callee.rawValue)", ofKind: .client) { span in
            span.attributes[SpanKey.peerService] = "chaos-\(callee.rawValue)"
            span.attributes[SpanKey.deadlineRemaining] = Int64(deadline.remaining().milliseconds)
            let answer = try await exchange(callee, line.bytes, key, deadline)
            span.attributes["argus.chaos.status"] = Int64(answer.status)
            if let failure = answer.failure {
                span.attributes[SpanKey.errorType] = failure.code
                span.setStatus(SpanStatus(code: .error, message: failure.message))
            }
            return answer
        }
    }

    private func exchange(
        _ callee: ChaosService, _ payload: [UInt8], _ key: String, _ deadline: CallDeadline
    ) async throws -> CallAnswer {
        let correlation = Identifier.make()
        do {
            let answer = try await inbox.pending.answer(to: correlation, before: deadline) {
                try await send(callee, payload, correlation, key, deadline)
            }
            if let answer { return answer }
        } catch let error as BusError {
            try Task.checkCancellation()
            // An acknowledgement that did not come in time leaves no time for the answer either.
            if error.code != .timeout {
                return .failure(
                    status: 503, code: "bus_unavailable", message: "The event bus did not take the call.",
                    service: "chaos-\(caller.rawValue)")
            }
        }
        unanswered.unanswered.increment()
        return .failure(
            status: 504, code: "\(callee.rawValue)_timeout", message: "chaos-\(callee.rawValue) did not answer in time.",
            service: "chaos-\(callee.rawValue)")
    }

    /// Puts the call on the stream; a second time where the stream was gone.
    private func send(
        _ callee: ChaosService, _ payload: [UInt8], _ correlation: String, _ key: String, _ deadline: CallDeadline
    ) async throws {
        let subject = Subjects.chaos(service: callee.rawValue, operation: callee.operation)
        try await tracer.withAnySpan("publish \(subject)", ofKind: .producer) { span in
            span.describe(subject: subject, operation: "send", name: "publish", bytes: payload.count)
            span.attributes[SpanKey.messagingMessageID] = correlation
            span.attributes[SpanKey.messagingConversation] = correlation
            var headers: MessageHeaders = [
                ChaosHeader.deadline: "\(deadline.unixMilliseconds)", ChaosHeader.replyTo: inbox.subject,
                ChaosHeader.correlation: correlation, ChaosHeader.idempotencyKey: key,
            ]
            tracer.inject(span.context, into: &headers, using: MessageHeadersPropagator())
            do {
                try await publish(payload, subject, headers, correlation, deadline)
            } catch let error as BusError {
                guard error.code == .noResponders else { throw error }
                try await ChaosBus.ensureStreams(on: bus)
                try await publish(payload, subject, headers, correlation, deadline)
            }
        }
    }

    private func publish(
        _ payload: [UInt8], _ subject: String, _ headers: MessageHeaders, _ correlation: String, _ deadline: CallDeadline
    ) async throws {
        let timeout = max(.milliseconds(1), deadline.remaining())
        try await bus.publish(payload, to: subject, headers: headers, messageID: correlation, timeout: timeout)
    }
}
