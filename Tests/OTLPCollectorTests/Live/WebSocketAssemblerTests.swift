// Frames that a client may send, and those that it must not.

import NIOCore
import NIOWebSocket
import Testing

@testable import OTLPCollector

@Suite struct WebSocketAssemblerTests {
    static func frame(
        _ opcode: WebSocketOpcode, _ bytes: [UInt8] = [], fin: Bool = true, masked: Bool = true, rsv1: Bool = false
    ) -> WebSocketFrame {
        let key: WebSocketMaskingKey = [1, 2, 3, 4]
        var data = ByteBuffer(bytes: bytes)
        if masked { data.webSocketMask(key) }
        return WebSocketFrame(fin: fin, rsv1: rsv1, opcode: opcode, maskKey: masked ? key : nil, data: data)
    }

    static func receive(_ frames: [WebSocketFrame]) -> Result<WebSocketAssembler.Event?, WebSocketAssembler.Violation> {
        var assembler = WebSocketAssembler(maximumMessageBytes: 10)
        do throws(WebSocketAssembler.Violation) {
            var last: WebSocketAssembler.Event?
            for frame in frames { last = try assembler.receive(frame) }
            return .success(last)
        } catch {
            return .failure(error)
        }
    }

    static func code(_ frames: WebSocketFrame...) -> WebSocketCloseCode? {
        if case .failure(let violation) = receive(frames) { violation.code } else { nil }
    }

    @Test func messagesArePutTogether() throws {
        #expect(Self.receive([Self.frame(.text, Array("hello".utf8))]) == .success(.text("hello")))
        let parts = [
            Self.frame(.text, [0xC3], fin: false), Self.frame(.ping, [1]), Self.frame(.continuation, [0xA4], fin: false),
            Self.frame(.continuation, Array("!".utf8)),
        ]
        #expect(Self.receive(parts) == .success(.text("ä!")))
        #expect(Self.receive([Self.frame(.binary, [0xFF, 0])]) == .success(.binary([0xFF, 0])))
        #expect(Self.receive([Self.frame(.text)]) == .success(.text("")))
    }

    @Test func controlFramesAreRead() {
        #expect(Self.receive([Self.frame(.ping, [7])]) == .success(.ping(ByteBuffer(bytes: [7]))))
        #expect(Self.receive([Self.frame(.pong)]) == .success(.pong))
        #expect(Self.receive([Self.frame(.connectionClose)]) == .success(.close(nil)))
        #expect(Self.receive([Self.frame(.connectionClose, [0x03, 0xE8] + Array("bye".utf8))]) == .success(.close(.normal)))
    }

    @Test func whatTheSpecificationForbidsEndsTheConnection() {
        #expect(Self.code(Self.frame(.text, [65], masked: false)) == .protocolError)
        #expect(Self.code(Self.frame(.text, [65], rsv1: true)) == .protocolError)
        #expect(Self.code(Self.frame(.continuation, [65])) == .protocolError)
        #expect(Self.code(Self.frame(.text, [65], fin: false), Self.frame(.text, [65])) == .protocolError)
        #expect(Self.code(Self.frame(WebSocketOpcode(encodedWebSocketOpcode: 3) ?? .text, [65])) == .protocolError)
        #expect(Self.code(Self.frame(.text, [0xC3, 0x28])) == .invalidData)
        #expect(Self.code(Self.frame(.text, [UInt8](repeating: 65, count: 11))) == .tooLarge)
        #expect(
            Self.code(
                Self.frame(.text, [UInt8](repeating: 65, count: 6), fin: false), Self.frame(.continuation, [UInt8](repeating: 65, count: 5))
            )
                == .tooLarge)
    }

    @Test func closeFramesAreChecked() {
        #expect(Self.code(Self.frame(.connectionClose, [3])) == .protocolError)
        for number: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
            #expect(Self.code(Self.frame(.connectionClose, [UInt8(number >> 8), UInt8(number & 0xFF)])) == .protocolError)
        }
        #expect(Self.code(Self.frame(.connectionClose, [0x03, 0xE8, 0xFF])) == .invalidData)
    }
}
