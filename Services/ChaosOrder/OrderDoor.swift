// `POST /orders`.

import ArgusService
import ArgusShared
import ChaosShared
import HTTPTypes
import Hummingbird
import Tracing

/// Takes an order and answers what became of it, with its trace in the headers.
struct OrderDoor: Sendable {
    let desk: OrderDesk
    let auth: AuthPolicy
    let limiter: RateLimiter
    let tracer: any Tracer
    let port: Int

    private static let route = "/orders"
    private static let longestKey = 255

    func respond(to request: Request) async throws -> Response {
        try await tracer.withAnySpan("POST \(Self.route)", context: tracer.context(of: request.headers), ofKind: .server) { span in
            describe(request, span)
            let trace = tracer.traceContext(of: span.context)
            var response: Response
            do {
                response = try await place(request, span, trace)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                response = APIError(translating: error).response
                if response.headers[ChaosHTTPHeader.traceID] == nil, let trace { response.headers.tell(trace) }
            }
            finish(span, response.status)
            return response
        }
    }

    private func place(_ request: Request, _ span: any Span, _ trace: TraceContext?) async throws -> Response {
        let identity = try auth.authorize(request, .ingest)
        try limiter.take(for: identity)
        try request.requireContentType("application/json")
        let key = try idempotencyKey(request).map { "\(identity.name)/\($0)" }
        let draft = try OrderDraft(parsing: try await request.bodyBytes(limit: 64 * 1024))
        span.attributes[SpanKey.item] = draft.item
        span.attributes[SpanKey.quantity] = Int64(draft.quantity)
        do {
            let found = try await desk.place(draft, key: key, span, trace)
            span.attributes[SpanKey.orderID] = found.answer.line.orderID
            if found.isReplay { span.attributes[SpanKey.replayed] = true }
            if let failure = found.answer.answer.failure { span.attributes[SpanKey.errorType] = failure.code }
            return OrderAnswer(order: found.answer, isReplay: found.isReplay).response
        } catch is IdempotencyKeyReused {
            throw APIError(
                .unprocessableContent, code: "idempotency_key_reused",
                message: "The Idempotency-Key was used before with another order.", field: "Idempotency-Key")
        }
    }

    private func idempotencyKey(_ request: Request) throws -> String? {
        guard let key = request.headers[ChaosHTTPHeader.idempotencyKey] else { return nil }
        guard (1...Self.longestKey).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw APIError.badRequest(
                code: "invalid_field", message: "Idempotency-Key must be 1 to \(Self.longestKey) visible ASCII characters.",
                field: "Idempotency-Key")
        }
        return key
    }

    private func describe(_ request: Request, _ span: any Span) {
        span.attributes[HTTPSpanKey.httpMethod] = request.method.rawValue
        span.attributes[HTTPSpanKey.httpRoute] = Self.route
        span.attributes[HTTPSpanKey.urlPath] = request.uri.path
        span.attributes[HTTPSpanKey.urlScheme] = "http"
        span.attributes[HTTPSpanKey.protocolName] = "http"
        span.attributes[HTTPSpanKey.protocolVersion] = "1.1"
        if let agent = request.headers[.userAgent] { span.attributes[HTTPSpanKey.userAgent] = agent }
        let host = request.head.authority?.split(separator: ":").first.map(String.init)
        if let host { span.attributes[HTTPSpanKey.serverAddress] = host }
        span.attributes[HTTPSpanKey.serverPort] = Int64(port)
    }

    /// Server spans are errors from 500 on (semantic conventions, HTTP).
    private func finish(_ span: any Span, _ status: HTTPResponse.Status) {
        span.attributes[HTTPSpanKey.httpStatus] = Int64(status.code)
        guard status.code >= 500 else { return }
        if span.attributes.get(SpanKey.errorType) == nil { span.attributes[SpanKey.errorType] = "\(status.code)" }
        span.setStatus(SpanStatus(code: .error))
    }
}
