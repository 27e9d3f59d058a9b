// What opens a WebSocket and what does not.

import ArgusService
import HTTPTypes
import Testing

@testable import OTLPCollector

@Suite struct WebSocketHandshakeTests {
    static let valid: HTTPFields = [
        .upgrade: "websocket", .connection: "keep-alive, Upgrade", .secWebSocketVersion: "13", .secWebSocketKey: "dGhlIHNhbXBsZSBub25jZQ==",
    ]

    static func request(_ fields: HTTPFields, method: HTTPRequest.Method = .get) -> HTTPRequest {
        HTTPRequest(method: method, scheme: "http", authority: "t", path: "/ws", headerFields: fields)
    }

    @Test func theSampleOfTheSpecificationIsAnswered() throws {
        let handshake = try WebSocketHandshake(Self.request(Self.valid), subprotocols: [])
        #expect(handshake.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(handshake.subprotocol == nil)
    }

    @Test func theFirstKnownSubprotocolIsChosen() throws {
        var fields = Self.valid
        fields[.secWebSocketProtocol] = "other, b,a"
        #expect(try WebSocketHandshake(Self.request(fields), subprotocols: ["a", "b"]).subprotocol == "a")
        #expect(try WebSocketHandshake(Self.request(fields), subprotocols: ["c"]).subprotocol == nil)
    }

    @Test func whatIsNoHandshakeIsRefused() throws {
        func status(_ change: (inout HTTPFields) -> Void, method: HTTPRequest.Method = .get) -> Int? {
            var fields = Self.valid
            change(&fields)
            do {
                _ = try WebSocketHandshake(Self.request(fields, method: method), subprotocols: [])
                return nil
            } catch {
                return (error as? APIError)?.status.code
            }
        }
        #expect(status { $0[.upgrade] = "h2c" } == 426)
        #expect(status { $0[.connection] = "keep-alive" } == 426)
        #expect(status { $0[.secWebSocketVersion] = "8" } == 426)
        #expect(status { $0[.secWebSocketVersion] = nil } == 426)
        #expect(status({ _ in }, method: .head) == 426)
        #expect(status { $0[.secWebSocketKey] = nil } == 400)
        #expect(status { $0[.secWebSocketKey] = "c2hvcnQ=" } == 400)
        #expect(status { $0[.secWebSocketKey] = "not base64 at all, no!!!" } == 400)
        #expect(status { $0.append(HTTPField(name: .secWebSocketKey, value: "dGhlIHNhbXBsZSBub25jZQ==")) } == 400)
    }
}
