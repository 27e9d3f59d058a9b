// A WebSocket as those see it who send.

import ArgusService
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOWebSocket
import ServiceLifecycle

/// The server's side of a WebSocket (RFC 6455) that only sends: what the client says is checked and dropped. Thread-safe.
final class WebSocket: Sendable {
    /// What a route does with its WebSocket. It is cancelled when the WebSocket closes; when it returns, the WebSocket closes.
    typealias Session = @Sendable (WebSocket) async throws -> Void

    private let channel: any Channel
    private let handler: NIOLoopBound<WebSocketHandler>
    private let ending: EventLoopFuture<Void>

    private init(channel: any Channel, handler: NIOLoopBound<WebSocketHandler>, ending: EventLoopFuture<Void>) {
        self.channel = channel
        self.handler = handler
        self.ending = ending
    }

    /// Sends a text message, and waits until the system has taken all of it: a client that reads slowly makes its sender wait.
    ///
    /// - Throws: `WebSocketClosed`.
    func send(text: [UInt8]) async throws {
        let buffer = ByteBuffer(bytes: text)
        let sent = channel.eventLoop.flatSubmit { [handler, channel] in
            handler.value.send(buffer) ?? channel.eventLoop.makeFailedFuture(WebSocketClosed())
        }
        do {
            try await sent.get()
        } catch {
            throw WebSocketClosed()
        }
    }

    /// Begins to close; nothing can be sent any more.
    func close(_ code: WebSocketCloseCode, reason: String = "") {
        channel.eventLoop.execute { [handler] in handler.value.close(code, reason: reason) }
    }

    /// Puts a WebSocket at the front of a connection's pipeline; to be called on its event loop.
    fileprivate static func install(on channel: any Channel, options: WebSocketOptions) throws -> WebSocket {
        channel.setOption(.socketOption(.so_sndbuf), value: .init(options.sendBufferBytes)).whenFailure { _ in }
        let ending = channel.eventLoop.makePromise(of: Void.self)
        let handler = WebSocketHandler(options: options, ending: ending)
        let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: options.maximumMessageBytes))
        try channel.pipeline.syncOperations.addHandlers([WebSocketFrameEncoder(), decoder, handler], position: .first)
        return WebSocket(channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop), ending: ending.futureResult)
    }

    /// Runs the session until the WebSocket closes.
    fileprivate func serve(_ session: @escaping Session, logger: Logger) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.run(session, logger: logger) }
            group.addTask { try? await self.ending.get() }
            await group.next()
            group.cancelAll()
        }
        try? await channel.closeFuture.get()
    }

    private func run(_ session: @escaping Session, logger: Logger) async {
        await withGracefulShutdownHandler {
            do {
                try await session(self)
                close(.normal)
            } catch is WebSocketClosed {
                close(.goingAway)
            } catch is CancellationError {
                close(.goingAway)
            } catch {
                logger.error("a WebSocket failed", metadata: [LogKey.error: "\(error)"])
                close(.serverError)
            }
        } onGracefulShutdown: {
            self.close(.goingAway, reason: "the server stops")
        }
    }
}

extension ServiceContext {
    /// Answers a request by turning its connection into a WebSocket.
    ///
    /// Which origins may connect is for the route to check: browsers apply no policy of their own to WebSockets.
    func webSocket(
        _ handshake: WebSocketHandshake, options: WebSocketOptions = WebSocketOptions(), logger: Logger,
        session: @escaping WebSocket.Session
    ) throws -> Response {
        var headers: HTTPFields = [.upgrade: "websocket", .connection: "Upgrade", .secWebSocketAccept: handshake.accept]
        if let subprotocol = handshake.subprotocol { headers[.secWebSocketProtocol] = subprotocol }
        return try switchProtocols(headers: headers) { channel in
            let socket = try WebSocket.install(on: channel, options: options)
            return { await socket.serve(session, logger: logger) }
        }
    }
}
