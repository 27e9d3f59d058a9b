// What a client is answered.

import ArgusService
import ArgusShared
import ChaosShared
import HTTPTypes
import Hummingbird

/// The answer to an order.
struct OrderAnswer {
    let order: PlacedOrder
    let isReplay: Bool

    var response: Response {
        var headers = HTTPFields()
        if isReplay { headers[ChaosHTTPHeader.replayed] = "true" }
        if let trace = order.trace { headers.tell(trace) }
        if order.answer.status == 503 { headers[.retryAfter] = "1" }
        return .json(body, status: order.answer.failure == nil ? .created : .init(code: order.answer.status), headers: headers)
    }

    private var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("order_id", order.line.orderID)
        writer.string("status", order.answer.failure == nil ? "confirmed" : "failed")
        writer.string("item", order.line.item)
        writer.integer("quantity", order.line.quantity)
        for (name, value) in order.answer.results.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.string(value)
        }
        writer.string("trace_id", order.trace?.traceID)
        if let failure = order.answer.failure { write(failure, to: &writer) }
        writer.endObject()
        return writer.bytes
    }

    private func write(_ failure: CallAnswer.Failure, to writer: inout JSONWriter) {
        writer.key("error")
        writer.beginObject()
        writer.string("code", failure.code)
        writer.string("message", failure.message)
        writer.string("service", failure.service)
        writer.endObject()
    }
}

extension HTTPFields {
    /// Names the trace, so that a client can find it.
    mutating func tell(_ trace: TraceContext) {
        self[ChaosHTTPHeader.traceID] = trace.traceID
        self[ChaosHTTPHeader.traceparent] = trace.traceparent
    }
}
