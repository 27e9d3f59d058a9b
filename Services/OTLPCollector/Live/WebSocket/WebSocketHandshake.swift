// Checks the opening handshake of a WebSocket.

import ArgusService
import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// The opening handshake of RFC 6455, section 4.2, as far as the request decides it.
struct WebSocketHandshake: Equatable {
    private static let identifier = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Value of `Sec-WebSocket-Accept`.
    let accept: String
    /// The subprotocol that both sides know, if the client names one that we do.
    let subprotocol: String?

    /// Checks a request.
    ///
    /// - Parameter subprotocols: What we speak, the best first. A client that offers none is served too.
    /// - Throws: `APIError` 426 where the request is none for a WebSocket of version 13, 400 where it is malformed.
    init(_ request: HTTPRequest, subprotocols: [String]) throws {
        let fields = request.headerFields
        guard request.method == .get, Self.list(fields[.upgrade]).contains("websocket"), Self.list(fields[.connection]).contains("upgrade")
        else {
            throw Self.upgradeRequired("This route is a WebSocket: it needs GET with Connection: Upgrade and Upgrade: websocket.")
        }
        guard fields[values: .secWebSocketVersion] == ["13"] else {
            throw Self.upgradeRequired("Sec-WebSocket-Version must be 13.")
        }
        let keys = fields[values: .secWebSocketKey]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            throw APIError.badRequest(
                code: "invalid_handshake", message: "Sec-WebSocket-Key must be sixteen bytes in base64.", field: "Sec-WebSocket-Key")
        }
        accept = Self.accept(keys[0])
        let offered = Self.offeredSubprotocols(fields)
        subprotocol = subprotocols.first { offered.contains($0) }
    }

    /// The subprotocols that a client offers.
    static func offeredSubprotocols(_ fields: HTTPFields) -> [String] {
        fields[values: .secWebSocketProtocol].flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    static func accept(_ key: String) -> String {
        Data(Insecure.SHA1.hash(data: Array((key + identifier).utf8))).base64EncodedString()
    }

    private static func list(_ value: String?) -> [String] {
        (value ?? "").lowercased().split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func upgradeRequired(_ message: String) -> APIError {
        APIError(
            .upgradeRequired, code: "upgrade_required", message: message,
            headers: [.upgrade: "websocket", .connection: "Upgrade", .secWebSocketVersion: "13"])
    }
}
