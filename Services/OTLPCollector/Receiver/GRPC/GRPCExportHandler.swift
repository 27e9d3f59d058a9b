// OTLP/gRPC: receives and answers one call, which is one stream of an HTTP/2 connection.

import ArgusService
import NIOCore
import NIOHPACK
import NIOHTTP2

/// Receives one unary call on the connection's event loop.
final class GRPCExportHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum Stage {
        case idle, receiving, answering, ended
    }

    private let door: GRPCDoor
    private var stage = Stage.idle
    private var request: GRPCExportRequest?
    private var reader = GRPCMessageReader()
    private var start = ContinuousClock.now
    private var received = 0
    private var isClientDone = false
    private var timer: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    init(door: GRPCDoor) {
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

    // MARK: The call

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            isClientDone = isClientDone || frame.endStream
            if stage == .idle { begin(frame.headers, context) }
            if isClientDone { end(context) }
        case .data(let frame):
            isClientDone = isClientDone || frame.endStream
            if case .byteBuffer(let buffer) = frame.data { receive(buffer, context) }
            if isClientDone { end(context) }
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if stage == .receiving, timer == nil {
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: door.limits.bodyTimeout) { self.timeIsUp() }
        }
        context.fireChannelReadComplete()
    }

    private func begin(_ headers: HPACKHeaders, _ context: ChannelHandlerContext) {
        do throws(GRPCRefusal) {
            request = try GRPCExportRequest(headers, auth: door.auth)
            stage = .receiving
        } catch {
            refuse(error, context)
        }
    }

    private func receive(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        guard stage == .receiving else { return }
        received += buffer.readableBytes
        do throws(ExportFailure) {
            try reader.append(buffer, intake: door.intake)
        } catch {
            fail(error, context)
        }
    }

    private func end(_ context: ChannelHandlerContext) {
        guard stage == .receiving, let request else { return }
        guard let message = reader.message else {
            return fail(ExportFailure(kind: .malformed, message: "the call ended before its message did"), context)
        }
        let isCompressed = reader.isCompressed
        if isCompressed, request.encoding == .identity {
            return fail(ExportFailure(kind: .malformed, message: "a compressed message in a call without an encoding"), context)
        }
        reader = GRPCMessageReader()
        stage = .answering
        timer?.cancel()
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        door.intake.submit(
            ReceivedExport(
                signal: request.signal, format: .protobuf, encoding: isCompressed ? .compressed : .identity, body: message.bytes,
                lease: message.lease)
        ) { outcome in
            loop.execute { this.value.finish(outcome) }
        }
    }

    // MARK: The answer

    private func finish(_ outcome: Result<ExportAccepted, ExportFailure>) {
        guard stage == .answering, let context, let request else { return }
        switch outcome {
        case .success(let result):
            record(outcome)
            stage = .ended
            let body = AnswerBodies.success(result, request.signal, .protobuf)
            var message = context.channel.allocator.buffer(capacity: 5 + body.count)
            message.writeInteger(UInt8(0))
            message.writeInteger(UInt32(body.count))
            message.writeBytes(body)
            context.write(wrapOutboundOut(.headers(.init(headers: Self.headers))), promise: nil)
            context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(message)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: Self.success, endStream: true))), promise: nil)
        case .failure(let failure): fail(failure, context)
        }
    }

    private func fail(_ failure: ExportFailure, _ context: ChannelHandlerContext) {
        record(.failure(failure))
        refuse(GRPCRefusal(failure), context)
    }

    /// Ends the call with trailers only.
    private func refuse(_ refusal: GRPCRefusal, _ context: ChannelHandlerContext) {
        stage = .ended
        reader = GRPCMessageReader()
        timer?.cancel()
        var trailers: HPACKHeaders = [
            ":status": refusal.httpStatus, "content-type": "application/grpc", "grpc-status": String(refusal.code.rawValue),
            "grpc-message": GRPCText.percentEncoded(refusal.message),
        ]
        if refusal.code == .unimplemented { trailers.add(name: "grpc-accept-encoding", value: "identity,deflate,gzip") }
        if let details = refusal.details { trailers.add(name: "grpc-status-details-bin", value: GRPCText.base64(details)) }
        context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: trailers, endStream: true))), promise: nil)
        // A client that is still sending is told to stop (RFC 9113 section 8.1).
        if !isClientDone { context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil) }
    }

    private func record(_ outcome: Result<ExportAccepted, ExportFailure>) {
        guard let request else { return }
        door.metrics.answered(outcome, request.signal, .grpc, bytes: received, duration: .now - start)
    }

    private func timeIsUp() {
        guard stage == .receiving, let context else { return }
        fail(ExportFailure(kind: .timeout, message: "the request took too long to arrive"), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stage = .ended
        reader = GRPCMessageReader()
        timer?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private static let headers: HPACKHeaders = [
        ":status": "200", "content-type": "application/grpc", "grpc-accept-encoding": "identity,deflate,gzip",
    ]
    private static let success: HPACKHeaders = ["grpc-status": "0"]
}

/// How gRPC writes text and bytes into headers.
enum GRPCText {
    /// What PROTOCOL-HTTP2 demands of `grpc-message`.
    static func percentEncoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// What it demands of headers whose names end in `-bin`: base64 without padding.
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for digit in 0...group.count { text.append(alphabet[word >> (18 - 6 * digit) & 63]) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
