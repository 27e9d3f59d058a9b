// Puts frames of a client together and refuses what RFC 6455 forbids.

import NIOCore
import NIOWebSocket

/// The receiving half of the protocol, without any I/O: frames in, what they mean out.
struct WebSocketAssembler {
    /// What a frame means.
    enum Event: Equatable {
        /// Part of a message that is not complete yet.
        case incomplete
        case text(String)
        case binary([UInt8])
        case ping(ByteBuffer)
        case pong
        /// The client closes, for a reason that it may have left out.
        case close(WebSocketCloseCode?)
    }

    /// Why the connection must be closed.
    struct Violation: Error, Equatable {
        let code: WebSocketCloseCode
        let reason: String
    }

    let maximumMessageBytes: Int
    private var opcode: WebSocketOpcode?
    private var message: [UInt8] = []

    init(maximumMessageBytes: Int) {
        self.maximumMessageBytes = maximumMessageBytes
    }

    /// Takes the next frame.
    mutating func receive(_ frame: WebSocketFrame) throws(Violation) -> Event {
        guard frame.maskKey != nil else { throw Self.violation("frames of a client must be masked") }
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else { throw Self.violation("no extension was agreed on") }
        let data = frame.unmaskedData
        switch frame.opcode {
        case .ping: return .ping(data)
        case .pong: return .pong
        case .connectionClose: return .close(try Self.closeCode(data))
        case .text, .binary:
            guard opcode == nil else { throw Self.violation("a message began within another") }
            opcode = frame.opcode
            return try append(data, isLast: frame.fin)
        case .continuation:
            guard opcode != nil else { throw Self.violation("a continuation without a beginning") }
            return try append(data, isLast: frame.fin)
        default:
            throw Self.violation("unknown kind of frame")
        }
    }

    private mutating func append(_ data: ByteBuffer, isLast: Bool) throws(Violation) -> Event {
        guard message.count + data.readableBytes <= maximumMessageBytes else {
            throw Violation(code: .tooLarge, reason: "a message may have at most \(maximumMessageBytes) bytes")
        }
        message.append(contentsOf: data.readableBytesView)
        guard isLast else { return .incomplete }
        defer {
            opcode = nil
            message = []
        }
        guard opcode == .text else { return .binary(message) }
        guard let text = String(validating: message, as: UTF8.self) else {
            throw Violation(code: .invalidData, reason: "a text message is not UTF-8")
        }
        return .text(text)
    }

    private static func closeCode(_ data: ByteBuffer) throws(Violation) -> WebSocketCloseCode? {
        var data = data
        if data.readableBytes == 0 { return nil }
        guard let code = data.readInteger(as: UInt16.self).map(WebSocketCloseCode.init), code.isAllowedOnWire else {
            throw violation("the close frame has no valid code")
        }
        guard String(validating: data.readableBytesView, as: UTF8.self) != nil else {
            throw Violation(code: .invalidData, reason: "the reason in the close frame is not UTF-8")
        }
        return code
    }

    private static func violation(_ reason: String) -> Violation {
        Violation(code: .protocolError, reason: reason)
    }
}
