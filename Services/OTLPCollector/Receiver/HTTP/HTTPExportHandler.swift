// OTLP/HTTP: receives and answers the requests of one connection.

import ArgusService
import NIOCore
import NIOHTTP1

/// Receives one request after the other (the pipelining handler before it holds back the next), on the connection's event loop.
///
/// A refused request is still read to its end, without keeping it, so that the client gets to see the answer and the connection lives on;
/// only what would take too long is answered early and ends the connection.
final class HTTPExportHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private struct Answer {
        var status: HTTPResponseStatus
        var headers: HTTPHeaders
        var body: [UInt8] = []
    }

    private struct Call {
        var request: HTTPExportRequest
        var start: ContinuousClock.Instant
    }

    private enum Stage {
        case idle, receiving, discarding, answering, lingering
    }

    private let door: HTTPDoor
    private var stage = Stage.idle
    private var call: Call?
    private var body: ExportBody?
    private var refusal: HTTPRefusal?
    private var head: HTTPRequestHead?
    private var received = 0
    private var timer: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    init(door: HTTPDoor) {
        self.door = door
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        timer?.cancel()
        timer = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let buffer): receive(buffer, context)
        case .end: end(context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if stage == .receiving || stage == .discarding, timer == nil { startTimer(door.limits.bodyTimeout, context) }
        context.fireChannelReadComplete()
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard stage == .idle else { return }
        self.head = head
        received = 0
        let length = head.headers.first(name: "content-length").flatMap { Int($0) }
        do throws(HTTPRefusal) {
            let request = try HTTPExportRequest(head, door: door)
            call = Call(request: request, start: .now)
            if let length, length > door.intake.maximumRequest {
                let failure = ExportFailure.tooLarge(limit: door.intake.maximumRequest)
                return refuseEarly(HTTPRefusal(failure, request.format), context)
            }
            body = ExportBody(lease: door.intake.budget.lease(), limit: door.intake.maximumRequest, expected: length)
            stage = .receiving
        } catch {
            refusal = error
            stage = .discarding
            // Who asks before sending is not asked to send.
            if head.expectsContinue { return refuseEarly(error, context) }
        }
        if head.expectsContinue {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
        }
    }

    private func receive(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        received += buffer.readableBytes
        switch stage {
        case .receiving:
            do throws(ExportFailure) {
                try body?.append(buffer)
            } catch {
                body = nil
                let refusal = HTTPRefusal(error, call?.request.format ?? .protobuf)
                if error.kind == .tooLarge { return refuseEarly(refusal, context) }
                self.refusal = refusal
                stage = .discarding
            }
        case .discarding:
            if received > door.intake.maximumRequest, let refusal { refuseEarly(refusal, context) }
        case .idle, .answering, .lingering: break
        }
    }

    private func end(_ context: ChannelHandlerContext) {
        switch stage {
        case .receiving:
            guard let call, let body else { return }
            stopTimer()
            self.body = nil
            stage = .answering
            let this = NIOLoopBound(self, eventLoop: context.eventLoop)
            let loop = context.eventLoop
            let request = call.request
            door.intake.submit(
                ReceivedExport(
                    signal: request.signal, format: request.format, encoding: request.encoding, body: body.bytes, lease: body.lease)
            ) { outcome in
                loop.execute { this.value.finish(outcome) }
            }
        case .discarding:
            stopTimer()
            stage = .answering
            if let refusal { answer(refusal) }
        case .lingering: context.close(promise: nil)
        case .idle, .answering: break
        }
    }

    // MARK: Answers

    private func finish(_ outcome: Result<ExportAccepted, ExportFailure>) {
        guard stage == .answering, let call else { return }
        switch outcome {
        case .success(let result):
            record(outcome)
            let request = call.request
            write(
                Answer(
                    status: .ok, headers: ["content-type": request.format.contentType],
                    body: AnswerBodies.success(result, request.signal, request.format)))
        case .failure(let failure): answer(HTTPRefusal(failure, call.request.format))
        }
    }

    private func answer(_ refusal: HTTPRefusal, closing: Bool = false) {
        if let failure = refusal.failure, call != nil { record(.failure(failure)) }
        var headers = refusal.headers
        var body: [UInt8] = []
        if let failure = refusal.failure {
            headers.add(name: "content-type", value: refusal.format.contentType)
            if let seconds = failure.retryAfter { headers.add(name: "retry-after", value: String(seconds)) }
            body = AnswerBodies.status(failure, refusal.format)
        }
        write(Answer(status: refusal.status, headers: headers, body: body), closing: closing)
    }

    /// Answers although the client is not done, and ends the connection once it had time to read that.
    private func refuseEarly(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        body = nil
        answer(refusal, closing: true)
        stage = .lingering
        stopTimer()
        startTimer(door.limits.lingerTimeout, context)
    }

    private func write(_ answer: Answer, closing: Bool = false) {
        guard let context, let head else { return }
        let keepsAlive = head.isKeepAlive && !closing
        var headers = answer.headers
        if answer.status != .noContent { headers.add(name: "content-length", value: String(answer.body.count)) }
        headers.add(name: "date", value: HTTPDate.now())
        if head.method != .OPTIONS { door.crossOrigin.allow(head.headers.first(name: "origin"), in: &headers) }
        if !keepsAlive {
            headers.add(name: "connection", value: "close")
        } else if head.version.minor == 0 {
            headers.add(name: "connection", value: "keep-alive")
        }
        let isHead = head.method == .HEAD
        call = nil
        refusal = nil
        self.head = nil
        stage = .idle
        context.write(wrapOutboundOut(.head(.init(version: head.version, status: answer.status, headers: headers))), promise: nil)
        if !answer.body.isEmpty, !isHead {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if !keepsAlive, !closing { written.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
    }

    private func record(_ outcome: Result<ExportAccepted, ExportFailure>) {
        guard let call else { return }
        door.metrics.answered(outcome, call.request.signal, .http, bytes: received, duration: .now - call.start)
    }

    // MARK: The connection

    private func startTimer(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.timeIsUp() }
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }

    private func timeIsUp() {
        timer = nil
        guard let context else { return }
        switch stage {
        case .lingering: context.close(promise: nil)
        case .receiving, .discarding:
            refuseEarly(
                HTTPRefusal(
                    ExportFailure(kind: .timeout, message: "the request took too long to arrive"), call?.request.format ?? .protobuf),
                context)
        case .idle, .answering: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent, stage != .answering {
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stage = .lingering
        body = nil
        stopTimer()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The handler before this one has answered malformed requests with 400.
        context.close(promise: nil)
    }
}

extension HTTPRequestHead {
    fileprivate var expectsContinue: Bool {
        headers.first(name: "expect")?.lowercased() == "100-continue"
    }
}
