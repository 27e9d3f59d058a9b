// Limits of a WebSocket.

/// How long a WebSocket waits and how much it takes.
struct WebSocketOptions: Sendable {
    /// Largest message that a client may send, in bytes, whether in one frame or in several.
    var maximumMessageBytes = 16 * 1024
    /// Time between pings.
    var pingInterval: Duration = .seconds(15)
    /// Time without any sign of life, such as the answer to a ping, after which the connection is closed.
    var idleTimeout: Duration = .seconds(45)
    /// Time that the client has to answer our close frame.
    var closeTimeout: Duration = .seconds(2)
    /// What the system holds back for a client that reads slowly, in bytes: beyond it, sending waits.
    var sendBufferBytes = 256 * 1024

    /// The defaults.
    init() {}
}

/// Why a WebSocket ends; RFC 6455, section 7.4.
struct WebSocketCloseCode: Sendable, Hashable {
    /// The number on the wire.
    let number: UInt16

    /// A code by its number.
    init(_ number: UInt16) {
        self.number = number
    }

    /// Done.
    static let normal = WebSocketCloseCode(1000)
    /// The server stops.
    static let goingAway = WebSocketCloseCode(1001)
    /// What came is no WebSocket.
    static let protocolError = WebSocketCloseCode(1002)
    /// A text message is not UTF-8, or the like.
    static let invalidData = WebSocketCloseCode(1007)
    /// A message is too large.
    static let tooLarge = WebSocketCloseCode(1009)
    /// Something went wrong on our side, or the client does not answer.
    static let serverError = WebSocketCloseCode(1011)
    /// The server cannot now.
    static let tryAgainLater = WebSocketCloseCode(1013)

    /// Whether a close frame may carry the code.
    var isAllowedOnWire: Bool {
        switch number {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// The WebSocket is closed, or about to be.
struct WebSocketClosed: Error, Sendable {}
