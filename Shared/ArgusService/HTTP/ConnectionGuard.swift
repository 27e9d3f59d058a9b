// Keeps a client from holding a connection longer than its turn takes.

import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Watches one HTTP/1 connection on its event loop.
///
/// - A body that takes too long fails the request with `RequestBodyTimeout`, which becomes a 408.
/// - A handler that takes too long to start its answer is answered for, with a 503.
/// - An answer given before the body arrived ends the connection: the rest is read and dropped for a moment, so that the
///   client gets to see the answer (closing at once would reset the connection), and then it is closed.
/// - `Expect: 100-continue` is granted for bodies within the limit.
/// - Malformed requests are answered with our error body.
///
/// One timer per connection is armed at most and only moves when it fires, so that it costs next to nothing per request.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    struct Limits: Sendable {
        var maxBodyBytes: Int
        var bodyTimeout: TimeAmount
        var requestTimeout: TimeAmount
        var linger: TimeAmount = .seconds(2)
    }

    private let limits: Limits
    private let metrics: HTTPMetrics
    private var timer: Scheduled<Void>?
    private var unanswered = 0
    private var isReadingBody = false
    private var isReadPending = false
    private var isHeadWritten = false
    private var closesAfterAnswer = false
    private var isLingering = false
    private var isRefusing = false
    private var parserError: HTTPParserError?
    private var bodyDeadline = NIODeadline.distantFuture
    private var answerDeadline = NIODeadline.distantFuture

    init(limits: Limits, metrics: HTTPMetrics) {
        self.limits = limits
        self.metrics = metrics
    }

    func handlerAdded(context: ChannelHandlerContext) {
        metrics.connections.add(1)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        metrics.connections.add(-1)
        timer?.cancel()
        timer = nil
    }

    // MARK: Requests

    func read(context: ChannelHandlerContext) {
        isReadPending = true
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isLingering {
            if case .end = part { context.close(promise: nil) }
            return
        }
        switch part {
        case .head(let head):
            unanswered += 1
            isReadingBody = true
            bodyDeadline = .distantFuture
            if head.headerFields[.expect] != nil { grantContinue(head, context) }
        case .body: break
        case .end:
            isReadingBody = false
            if unanswered == 1 { startAnswerDeadline(context) }
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReadPending = false
        if isReadingBody, bodyDeadline == .distantFuture {
            bodyDeadline = .now() + limits.bodyTimeout
            arm(bodyDeadline, context)
        }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isLingering, case .inputClosed? = event as? ChannelEvent {
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError {
            parserError = error
            metrics.aborted(.malformed)
        }
        context.fireErrorCaught(error)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isRefusing {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            writeHead(head, context: context, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            if isHeadWritten, parserError != nil { writeParserErrorBody(context) }
            context.write(data, promise: promise)
            answerEnded(context)
        }
    }

    private func writeHead(_ head: HTTPResponse, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        guard head.status.kind != .informational else {
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            return
        }
        isHeadWritten = true
        var head = head
        if isReadingBody {
            closesAfterAnswer = true
            head.headerFields[.connection] = "close"
        }
        if let parserError {
            let error = Self.apiError(parserError)
            head.status = error.status
            head.headerFields[.contentType] = "application/json"
            head.headerFields[.contentLength] = String(error.body.count)
        }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    private func writeParserErrorBody(_ context: ChannelHandlerContext) {
        guard let parserError else { return }
        let body = ByteBuffer(bytes: Self.apiError(parserError).body)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
    }

    private func answerEnded(_ context: ChannelHandlerContext) {
        unanswered -= 1
        isHeadWritten = false
        answerDeadline = .distantFuture
        if closesAfterAnswer {
            metrics.aborted(.unreadBody)
            linger(context)
        } else if unanswered == 1, !isReadingBody {
            startAnswerDeadline(context)
        }
    }

    /// Ends our side and drops what still comes in, for a moment.
    private func linger(_ context: ChannelHandlerContext) {
        isLingering = true
        context.flush()
        context.close(mode: .output, promise: nil)
        timer?.cancel()
        timer = nil
        arm(.now() + limits.linger, context)
    }

    // MARK: Time

    private func startAnswerDeadline(_ context: ChannelHandlerContext) {
        answerDeadline = .now() + limits.requestTimeout
        arm(answerDeadline, context)
    }

    private func arm(_ deadline: NIODeadline, _ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        timer = context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: deadline) {
            self.timer = nil
            self.timerFired(context)
        }
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        if isLingering {
            context.close(promise: nil)
            return
        }
        let now = NIODeadline.now()
        if isReadingBody, unanswered == 1, now >= bodyDeadline {
            if isReadPending {
                metrics.aborted(.slowBody)
                bodyDeadline = .distantFuture
                startAnswerDeadline(context)
                context.fireErrorCaught(RequestBodyTimeout())
            } else {
                // It is us who do not read: the client gets the time anew.
                bodyDeadline = now + limits.bodyTimeout
            }
        } else if unanswered > 0, !isHeadWritten, now >= answerDeadline {
            refuse(context)
            return
        }
        let next = min(isReadingBody ? bodyDeadline : .distantFuture, unanswered > 0 && !isHeadWritten ? answerDeadline : .distantFuture)
        if next != .distantFuture { arm(max(next, now + .milliseconds(1)), context) }
    }

    /// Answers instead of a handler that did not.
    private func refuse(_ context: ChannelHandlerContext) {
        metrics.aborted(.slowHandler)
        let error = APIError(
            .serviceUnavailable, code: "timeout", message: "The request took too long.", retryAfter: .seconds(1))
        let body = error.body
        var fields = HTTPFields()
        fields[.contentType] = "application/json"
        fields[.contentLength] = String(body.count)
        fields[.retryAfter] = "1"
        fields[.connection] = "close"
        isRefusing = true
        context.write(wrapOutboundOut(.head(HTTPResponse(status: error.status, headerFields: fields))), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        linger(context)
    }

    private func grantContinue(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard unanswered == 1, head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
        let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= limits.maxBodyBytes else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    private static func apiError(_ error: HTTPParserError) -> APIError {
        if error == .headerOverflow {
            return APIError(.requestHeaderFieldsTooLarge, code: "headers_too_large", message: "The request's headers are too large.")
        }
        return APIError(.badRequest, code: "malformed_request", message: "The request is not valid HTTP/1.1.")
    }
}
