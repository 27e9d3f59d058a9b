// Serves direct routes within a connection's pipeline.

import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// Puts the `DirectHandler` where it belongs, once the pipeline is complete: behind the handler that counts requests in progress, which
/// ends idle connections and lets busy ones finish at shutdown.
final class DirectHandlerInstaller: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let routes: [DirectRoute]
    private let metrics: HTTPMetrics

    init(routes: [DirectRoute], metrics: HTTPMetrics) {
        self.routes = routes
        self.metrics = metrics
    }

    func channelActive(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        if let counter = try? pipeline.handler(type: HTTPConnectionStateHandler.self) {
            try? pipeline.addHandler(DirectHandler(routes: routes, metrics: metrics), position: .after(counter))
        }
        context.fireChannelActive()
    }
}

/// Takes requests of direct routes out of the stream to the router and answers them.
///
/// Answers keep the order of the requests: a request is taken directly only while none is with the router, and what arrives while one is
/// being answered directly waits here (no more than two reads of the socket, for then reading stops).
final class DirectHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private struct Taken {
        var route: DirectRoute
        var head: HTTPRequest
        var body: [UInt8] = []
        var start = ContinuousClock.now
    }

    private let routes: [DirectRoute]
    private let metrics: HTTPMetrics
    private var context: ChannelHandlerContext?
    /// The request that is arriving or being answered.
    private var taken: Taken?
    private var isAnswering = false
    /// Requests with the router that are not answered yet.
    private var routed = 0
    private var backlog: [HTTPRequestPart] = []
    private var heldEvents: [Any] = []
    private var isReadHeld = false
    /// Nothing can be answered any more.
    private var isBroken = false

    init(routes: [DirectRoute], metrics: HTTPMetrics) {
        self.routes = routes
        self.metrics = metrics
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isAnswering { backlog.append(part) } else { receive(part, context) }
    }

    private func receive(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            if !isBroken, routed == 0, let route = routes.first(where: { $0.bodyLength(of: head) != nil }) {
                taken = Taken(route: route, head: head)
                return
            }
            routed += 1
        case .body(let bytes):
            guard taken == nil else {
                bytes.withUnsafeReadableBytes { taken?.body.append(contentsOf: $0) }
                return
            }
        case .end:
            if let taken { return handle(taken, context) }
        }
        context.fireChannelRead(wrapInboundOut(part))
    }

    private func handle(_ request: Taken, _ context: ChannelHandlerContext) {
        isAnswering = true
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let isTaken = request.route.handler(request.head, request.body) { answer in
            loop.execute { this.value.answer(answer) }
        }
        if !isTaken {
            isAnswering = false
            passOn(context)
            context.fireChannelRead(wrapInboundOut(.end(nil)))
        }
    }

    /// Hands what was taken of a request over to the router.
    private func passOn(_ context: ChannelHandlerContext) {
        guard let request = taken else { return }
        taken = nil
        routed += 1
        context.fireChannelRead(wrapInboundOut(.head(request.head)))
        if !request.body.isEmpty { context.fireChannelRead(wrapInboundOut(.body(ByteBuffer(bytes: request.body)))) }
    }

    // MARK: Answers

    private func answer(_ answer: DirectRoute.Answer) {
        guard isAnswering, !isBroken, let context, let request = taken else { return }
        var fields = answer.headers
        fields[.contentType] = "application/json"
        fields[.contentLength] = String(answer.body.count)
        fields[.date] = HTTPDate.now()
        fields[HeaderNames.requestID] = RequestIDs.accepted(request.head.headerFields[HeaderNames.requestID]) ?? RequestIDs.make()
        taken = nil
        context.write(wrapOutboundOut(.head(HTTPResponse(status: answer.status, headerFields: fields))), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: answer.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        metrics.record(method: request.head.method, route: request.route.path, status: answer.status, duration: .now - request.start)
        isAnswering = false
        resume(context)
    }

    /// Goes on with what arrived meanwhile.
    private func resume(_ context: ChannelHandlerContext) {
        if !backlog.isEmpty {
            var waiting = backlog[...]
            backlog = []
            while !isAnswering, let part = waiting.popFirst() { receive(part, context) }
            backlog = Array(waiting)
            context.fireChannelReadComplete()
        }
        guard !isAnswering else { return }
        let events = heldEvents
        heldEvents = []
        for event in events { context.fireUserInboundEventTriggered(event) }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { routed -= 1 }
        context.write(data, promise: promise)
    }

    // MARK: The connection

    func read(context: ChannelHandlerContext) {
        // Stopping to read costs two system calls, so it waits until something came that has to be kept.
        if isAnswering, !backlog.isEmpty { isReadHeld = true } else { context.read() }
    }

    /// The end of the client's side, above all, must not overtake requests that it sent before.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isAnswering { heldEvents.append(event) } else { context.fireUserInboundEventTriggered(event) }
    }

    /// Slow bodies and malformed requests are the router's business.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isAnswering { isBroken = true } else { passOn(context) }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isBroken = true
        context.fireChannelInactive()
    }
}
