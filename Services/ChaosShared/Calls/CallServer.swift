// Answers the calls of a service.

import ArgusBus
import ArgusService
import ArgusShared
import ArgusTelemetry
import Logging
public import ServiceLifecycle
import Synchronization
public import Tracing

/// Works on the calls that arrive at a service's durable consumer, which its instances share. A call whose instance dies is delivered to
/// another, or to the same after its restart; a call that nobody waits for any more is not worked on.
public final class CallServer: Service, CustomStringConvertible {
    /// Works on one call within its span.
    public typealias Handler = @Sendable (IncomingCall, any Span) async throws -> CallAnswer

    /// Answers remembered by idempotency key.
    static let rememberedAnswers = 10_000

    private let service: ChaosService
    private let bus: Bus
    private let tracer: any Tracer
    private let metrics: ChaosMetrics
    private let logger: Logger
    private let handler: Handler
    private let serving = Mutex(false)
    let cache = AnswerCache<CallAnswer>(capacity: rememberedAnswers)

    init(service: ChaosService, bus: Bus, tracer: any Tracer, metrics: ChaosMetrics, logger: Logger, handler: @escaping Handler) {
        self.service = service
        self.bus = bus
        self.tracer = tracer
        self.metrics = metrics
        self.logger = logger
        self.handler = handler
    }

    /// What logs call it.
    public var description: String { "call-server" }

    /// Whether calls are received.
    var isServing: Bool { serving.withLock { $0 } }

    /// Works until shutdown; calls in progress are finished first.
    public func run() async throws {
        let definition = Consumers.chaos(service: service.rawValue, operation: service.operation)
        try await ChaosBus.keepTrying("receive calls", logger: logger) {
            try await ChaosBus.ensureStreams(on: bus)
            let consumer = try await bus.consume(definition, prefetch: 64)
            serving.withLock { $0 = true }
            let failure = await serve(consumer, lease: definition.acknowledgeWait)
            serving.withLock { $0 = false }
            await consumer.close()
            if let failure { throw failure }
        }
    }

    /// The consumer's limit of unacknowledged messages bounds the calls in progress.
    private func serve(_ consumer: PullConsumer, lease: Duration) async -> (any Error)? {
        await withDiscardingTaskGroup(returning: (any Error)?.self) { group in
            do {
                while !Task.isShuttingDownGracefully {
                    let messages = try await cancelWhenGracefulShutdown { try await consumer.next(max: 64, wait: .seconds(30)) }
                    for message in messages {
                        group.addTask { await self.take(Delivery(message: message, consumer: consumer, lease: lease)) }
                    }
                }
                return nil
            } catch {
                return error
            }
        }
    }

    private func take(_ delivery: Delivery) async {
        let call: IncomingCall
        do {
            call = try IncomingCall(delivery.message)
        } catch {
            await reject(delivery, reason: error.description)
            return
        }
        let context = tracer.context(of: delivery.message.headers)
        await tracer.withAnySpan("process \(delivery.message.subject)", context: context, ofKind: .consumer) { span in
            describe(span, delivery, call)
            if call.deadline.isOver() {
                expire(delivery, span)
            } else {
                await work(on: call, delivery, span)
            }
        }
    }

    private func work(on call: IncomingCall, _ delivery: Delivery, _ span: any Span) async {
        let start = ContinuousClock.now
        do {
            let found = try await delivery.keepingLease {
                try await self.cache.answer(to: call.key, isFinal: \.isFinal) { try await self.handler(call, span) }
            }
            span.finish(with: found.answer)
            if found.isReplay {
                span.attributes[SpanKey.replayed] = true
                metrics.replays.increment()
            } else {
                metrics.answered(status: found.answer.status, duration: .now - start)
            }
            try await reply(found.answer, to: call, span)
            try delivery.consumer.acknowledge(delivery.message)
        } catch {
            // The next attempt, here or elsewhere, finds the answer remembered or starts anew.
            span.recordError(error)
            span.setStatus(SpanStatus(code: .error, message: "the call was given back"))
            try? delivery.consumer.negativeAcknowledge(delivery.message, delay: .milliseconds(100))
        }
    }

    private func reply(_ answer: CallAnswer, to call: IncomingCall, _ span: any Span) async throws {
        // A caller that stopped waiting finds its answer by the idempotency key when it asks again.
        guard !call.deadline.isOver() else { return }
        var headers: MessageHeaders = [ChaosHeader.correlation: call.correlation]
        tracer.inject(span.context, into: &headers, using: MessageHeadersPropagator())
        try await bus.publish(
            answer.bytes, to: call.replyTo, headers: headers, messageID: "\(call.correlation).reply",
            timeout: max(.milliseconds(100), call.deadline.remaining()))
    }

    private func expire(_ delivery: Delivery, _ span: any Span) {
        span.attributes[SpanKey.errorType] = "deadline_exceeded"
        span.setStatus(SpanStatus(code: .error, message: "the caller's deadline is over"))
        metrics.expired.increment()
        logger.warning("a call came after its deadline")
        try? delivery.consumer.acknowledge(delivery.message)
    }

    private func reject(_ delivery: Delivery, reason: String) async {
        let message = delivery.message
        metrics.rejected.increment()
        logger.error("a message that is no call", metadata: [ChaosLogKey.error: "\(reason)"])
        var headers = message.headers
        headers[HeaderName.reason] = reason
        headers[HeaderName.originalSubject] = message.subject
        headers[HeaderName.originalSequence] = message.metadata.map { "\($0.streamSequence)" }
        let sequence = message.metadata?.streamSequence ?? 0
        do {
            try await bus.publish(
                message.payload, to: Subjects.deadLetters(service: "chaos-\(service.rawValue)", kind: "calls"), headers: headers,
                messageID: "chaos-\(sequence)-\(message.metadata?.timestamp.milliseconds ?? 0)")
            try delivery.consumer.terminate(message, reason: reason)
        } catch {
            try? delivery.consumer.negativeAcknowledge(message, delay: .seconds(1))
        }
    }

    private func describe(_ span: any Span, _ delivery: Delivery, _ call: IncomingCall) {
        let message = delivery.message
        span.describe(subject: message.subject, operation: "process", name: "process", bytes: message.payload.count)
        span.attributes[SpanKey.messagingConsumerGroup] = "chaos-\(service.rawValue)"
        span.attributes[SpanKey.messagingMessageID] = call.correlation
        span.attributes[SpanKey.messagingConversation] = call.correlation
        span.attributes[SpanKey.deadlineRemaining] = Int64(call.deadline.remaining().milliseconds)
        span.attributes[SpanKey.delivery] = Int64(message.metadata?.deliveryCount ?? 1)
        span.attributes[SpanKey.orderID] = call.line.orderID
    }
}

/// A message that was delivered, and what keeps it ours.
private struct Delivery: Sendable {
    let message: BusMessage
    let consumer: PullConsumer
    /// After this time without a sign of life the message is delivered to somebody else.
    let lease: Duration

    /// Runs a body, telling the server in time that work goes on.
    func keepingLease<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await Task.sleep(for: lease / 4)
                    try? consumer.inProgress(message)
                }
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}
