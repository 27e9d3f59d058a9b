// OTLP/gRPC: the pipeline of its connections.
//
// Written on HTTP/2 and not on a gRPC framework, because a call has to be bounded while it arrives: the memory that all calls take together,
// and what a compressed message inflates to, with a status that says so. A unary call needs little else.

import ArgusService
import NIOCore
import NIOHPACK
import NIOHTTP2

/// What all connections of OTLP/gRPC share.
final class GRPCDoor: Sendable {
    let intake: TelemetryIntake
    let auth: AuthPolicy
    let limits: DoorLimits
    let metrics: ReceiverMetrics

    private static let concurrentStreams = 1000
    private static let streamWindow = 1 << 20
    private static let connectionWindow = 4 << 20
    private static let frameBytes = 64 * 1024

    init(intake: TelemetryIntake, auth: AuthPolicy, limits: DoorLimits, metrics: ReceiverMetrics) {
        self.intake = intake
        self.auth = auth
        self.limits = limits
        self.metrics = metrics
    }

    /// Sets up a connection.
    func configure(_ channel: any Channel) throws {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Self.concurrentStreams),
            HTTP2Setting(parameter: .initialWindowSize, value: Self.streamWindow),
            HTTP2Setting(parameter: .maxFrameSize, value: Self.frameBytes),
            HTTP2Setting(parameter: .maxHeaderListSize, value: HPACKDecoder.defaultMaxHeaderListSize),
        ]
        connection.targetWindowSize = Self.connectionWindow
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = Self.streamWindow
        let watch = GRPCConnectionHandler(channel.eventLoop)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(IdleStateHandler(readTimeout: limits.idleTimeout))
        try pipeline.addHandler(FlushCoalescer())
        _ = try pipeline.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: connection, streamConfiguration: stream, streamDelegate: watch.streams
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(GRPCExportHandler(door: self))
            }
        }
        try pipeline.addHandler(watch)
    }
}

/// Ends connections that are idle or that the server has to end, without cutting calls off.
final class GRPCConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// Counts the calls of a connection; on its event loop alone.
    final class Streams: NIOHTTP2StreamDelegate {
        struct State {
            var open = 0
            var onClosed: (() -> Void)?
        }

        let state: NIOLoopBoundBox<State>

        init(_ loop: any EventLoop) {
            state = NIOLoopBoundBox(State(), eventLoop: loop)
        }

        func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
            state.value.open += 1
        }

        func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
            state.value.open -= 1
            state.value.onClosed?()
        }
    }

    let streams: Streams
    private var isEnding = false

    init(_ loop: any EventLoop) {
        streams = Streams(loop)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: end(context)
        case is IdleStateHandler.IdleStateEvent where streams.state.value.open == 0: end(context)
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Asks the client for no more calls, and closes after those it has.
    private func end(_ context: ChannelHandlerContext) {
        guard !isEnding else { return }
        isEnding = true
        let frame = HTTP2Frame(
            streamID: .rootStream, payload: .goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil))
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        let state = streams.state
        let closeIfDone = { if state.value.open == 0 { context.close(promise: nil) } }
        state.value.onClosed = closeIfDone
        closeIfDone()
    }

    func channelInactive(context: ChannelHandlerContext) {
        streams.state.value.onClosed = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A stream's error is that stream's business; the connection's own end it.
        if error is NIOHTTP2Errors.StreamError { return }
        context.close(promise: nil)
    }
}

/// Sends what the calls of a connection answer in one turn of the event loop together.
final class FlushCoalescer: ChannelOutboundHandler {
    typealias OutboundIn = Any

    private var isScheduled = false

    func flush(context: ChannelHandlerContext) {
        guard !isScheduled else { return }
        isScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isScheduled = false
            context.flush()
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        context.flush()
        context.close(mode: mode, promise: promise)
    }
}
