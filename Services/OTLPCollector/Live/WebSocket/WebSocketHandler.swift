// Serves one WebSocket on its event loop.

import NIOCore
import NIOWebSocket

/// Answers pings, sends pings of its own, sees to the closing handshake, and drops what the client says.
///
/// Whatever ends the connection first fulfils `ending`, so that whoever sends can stop.
final class WebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let options: WebSocketOptions
    private let ending: EventLoopPromise<Void>
    private var assembler: WebSocketAssembler
    private var context: ChannelHandlerContext?
    private var lastSign = NIODeadline.now()
    private var nextPing: Scheduled<Void>?
    private var isPinging = false
    private var isPonging = false
    private var isEnding = false
    private var isCloseSent = false

    init(options: WebSocketOptions, ending: EventLoopPromise<Void>) {
        self.options = options
        self.ending = ending
        assembler = WebSocketAssembler(maximumMessageBytes: options.maximumMessageBytes)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        pingLater(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        nextPing?.cancel()
        nextPing = nil
        end()
    }

    // MARK: Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastSign = .now()
        do throws(WebSocketAssembler.Violation) {
            switch try assembler.receive(unwrapInboundIn(data)) {
            case .incomplete, .text, .binary, .pong: break
            case .ping(let data): pong(data, context)
            case .close(let code): peerCloses(code, context)
            }
        } catch {
            fail(error.code, error.reason, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? NIOWebSocketError else {
            if !isEnding { context.close(promise: nil) }
            return
        }
        switch error {
        case .invalidFrameLength:
            fail(.tooLarge, "a message may have at most \(options.maximumMessageBytes) bytes", context)
        case .fragmentedControlFrame, .multiByteControlFrameLength:
            fail(.protocolError, "a control frame is too long or in pieces", context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    /// Only one answer waits at a time: RFC 6455 (section 5.5.3) lets us answer the latest ping alone.
    private func pong(_ data: ByteBuffer, _ context: ChannelHandlerContext) {
        guard !isPonging, !isEnding else { return }
        isPonging = true
        write(WebSocketFrame(fin: true, opcode: .pong, data: data), context).whenComplete { [this = bound(context)] _ in
            this.value.isPonging = false
        }
    }

    private func peerCloses(_ code: WebSocketCloseCode?, _ context: ChannelHandlerContext) {
        if isCloseSent {
            context.close(promise: nil)
            return
        }
        end()
        isCloseSent = true
        write(Self.closeFrame(code, reason: ""), context).whenComplete { [channel = context.channel] _ in
            channel.close(promise: nil)
        }
        closeLater(context)
    }

    /// Says why and ends our side; the rest of the client's is dropped for a moment, so that it gets to see the reason.
    private func fail(_ code: WebSocketCloseCode, _ reason: String, _ context: ChannelHandlerContext) {
        guard !isCloseSent else { return }
        end()
        isCloseSent = true
        write(Self.closeFrame(code, reason: reason), context).whenComplete { [channel = context.channel] _ in
            channel.close(mode: .output, promise: nil)
        }
        closeLater(context)
    }

    // MARK: Sending

    /// Sends a text message; the future is fulfilled once the system has taken all of it.
    func send(_ text: ByteBuffer) -> EventLoopFuture<Void>? {
        guard let context, !isEnding, !isCloseSent else { return nil }
        return write(WebSocketFrame(fin: true, opcode: .text, data: text), context)
    }

    /// Begins the closing handshake.
    func close(_ code: WebSocketCloseCode, reason: String) {
        guard let context, !isCloseSent else { return }
        end()
        isCloseSent = true
        write(Self.closeFrame(code, reason: reason), context).whenFailure { [channel = context.channel] _ in
            channel.close(promise: nil)
        }
        closeLater(context)
    }

    private func pingLater(_ context: ChannelHandlerContext) {
        nextPing = context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: TimeAmount(options.pingInterval)) { self.ping() }
    }

    private func ping() {
        guard let context, !isCloseSent else { return }
        if NIODeadline.now() - lastSign >= TimeAmount(options.idleTimeout) {
            close(.serverError, reason: "no answer to pings")
            return
        }
        pingLater(context)
        guard !isPinging else { return }
        isPinging = true
        write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()), context).whenComplete { [this = bound(context)] _ in
            this.value.isPinging = false
        }
    }

    private func write(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        let promise = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
        return promise.futureResult
    }

    private func closeLater(_ context: ChannelHandlerContext) {
        let channel = context.channel
        let timer = context.eventLoop.scheduleTask(in: TimeAmount(options.closeTimeout)) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in timer.cancel() }
    }

    private func end() {
        guard !isEnding else { return }
        isEnding = true
        ending.succeed()
    }

    private func bound(_ context: ChannelHandlerContext) -> NIOLoopBound<WebSocketHandler> {
        NIOLoopBound(self, eventLoop: context.eventLoop)
    }

    private static func closeFrame(_ code: WebSocketCloseCode?, reason: String) -> WebSocketFrame {
        var data = ByteBuffer()
        if let code {
            data.writeInteger(code.number)
            // Reasons are ours and short; a control frame holds 125 bytes.
            data.writeString(String(reason.prefix(100)))
        }
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}
