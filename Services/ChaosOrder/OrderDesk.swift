// Places orders.

import ArgusService
import ArgusShared
import ChaosShared
import Logging
import Tracing

/// What became of an order.
struct PlacedOrder: Sendable {
    let line: OrderLine
    let answer: CallAnswer
    /// The trace in which it was placed.
    let trace: TraceContext?
}

/// Places orders, each idempotency key once.
struct OrderDesk: Sendable {
    let misbehaviour: Misbehaviour
    let payment: CallClient
    let metrics: ChaosMetrics
    let logger: Logger
    /// How long an order may take.
    let timeout: Duration
    let answers = AnswerCache<PlacedOrder>(capacity: 10_000)

    /// Places an order, or finds what became of it.
    ///
    /// - Throws: `IdempotencyKeyReused`, `CancellationError`.
    func place(
        _ draft: OrderDraft, key: String?, _ span: any Span, _ trace: TraceContext?
    ) async throws -> AnswerCache<PlacedOrder>.Found {
        let line = OrderLine(orderID: Identifier.make(), item: draft.item, quantity: draft.quantity)
        let key = key ?? line.orderID
        let fingerprint = Partitioning.fnv1a("\(draft.quantity) \(draft.item)")
        let found = try await answers.answer(to: key, fingerprint: fingerprint, isFinal: \.answer.isFinal) {
            PlacedOrder(line: line, answer: try await place(line, key, span), trace: trace)
        }
        if found.isReplay { metrics.replays.increment() }
        return found
    }

    private func place(_ line: OrderLine, _ key: String, _ span: any Span) async throws -> CallAnswer {
        let start = ContinuousClock.now
        let deadline = CallDeadline(after: timeout)
        let about: Logger.Metadata = [
            ChaosLogKey.orderID: "\(line.orderID)", ChaosLogKey.item: "\(line.item)", ChaosLogKey.quantity: "\(line.quantity)",
        ]
        logger.info("order received", metadata: about)
        let answer: CallAnswer
        if try await misbehaviour.strikes(span) {
            answer = .failure(status: 500, code: "order_failed", message: "Order Failed", service: ServiceName.chaosOrder)
        } else {
            answer = try await payment.call(.payment, line, key: key, before: deadline.forCallee())
        }
        metrics.answered(status: answer.status, duration: .now - start)
        if let failure = answer.failure {
            let cause: Logger.Metadata = [
                ChaosLogKey.error: "\(failure.message)", ChaosLogKey.failedService: "\(failure.service)",
            ]
            logger.error("order failed", metadata: about.merging(cause) { first, _ in first })
        } else {
            logger.info("order confirmed", metadata: about)
        }
        return answer
    }
}
