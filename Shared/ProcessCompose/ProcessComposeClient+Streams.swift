// What process-compose sends by WebSocket: changes of state.

import ArgusShared
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

extension ProcessComposeClient {
    /// Hands over every process once and then each change of status or readiness, until the connection ends or `body` throws.
    ///
    /// - Throws: ``ProcessComposeError``: `.unsupported` by a process-compose before 1.110; and what `body` throws.
    public func followStates(_ body: (ObservedProcess) async throws -> Void) async throws {
        try await follow("/process/states/ws") { text in
            let process = try JSONReader.read(text, limits: .untrusted) { reader in
                var process: ObservedProcess?
                try reader.readObject { reader, key in
                    switch key {
                    case "state": process = try ObservedProcess(from: &reader)
                    default: try reader.skipValue()
                    }
                }
                return process
            }
            if let process { try await body(process) }
        }
    }

    private typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private static var largestFrame: Int { 1 << 20 }

    private func follow(_ path: String, _ message: ([UInt8]) async throws -> Void) async throws {
        guard let channel = try await upgrade(path) else {
            throw ProcessComposeError(
                .unsupported, "process-compose at \(endpoint.description) does not stream \(path.prefix { $0 != "?" })")
        }
        try await channel.executeThenClose { inbound, outbound in
            var text: [UInt8] = []
            for try await frame in inbound {
                switch frame.opcode {
                case .text, .continuation:
                    text += frame.unmaskedData.readableBytesView
                    guard text.count <= Self.largestFrame else {
                        throw ProcessComposeError(.malformed, "process-compose sent a message of more than \(Self.largestFrame) bytes")
                    }
                    if frame.fin {
                        try await message(text)
                        text.removeAll(keepingCapacity: true)
                    }
                case .ping:
                    try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData))
                case .connectionClose: return
                default: break
                }
            }
        }
    }

    /// nil if the server answers otherwise than with a WebSocket.
    private func upgrade(_ path: String) async throws -> Frames? {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
        head.headers.add(name: "Host", value: "process-compose")
        head.headers.add(name: "Content-Length", value: "0")
        if let token { head.headers.add(name: Self.tokenHeader, value: token) }
        let request = head
        let initialize: @Sendable (any Channel) -> EventLoopFuture<EventLoopFuture<Frames?>> = { channel in
            channel.eventLoop.makeCompletedFuture {
                let upgrader = NIOTypedWebSocketClientUpgrader<Frames?>(maxFrameSize: Self.largestFrame) { channel, _ in
                    channel.eventLoop.makeCompletedFuture { try Frames(wrappingChannelSynchronously: channel) }
                }
                let configuration = NIOTypedHTTPClientUpgradeConfiguration<Frames?>(
                    upgradeRequestHead: request, upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in channel.close().map { nil } })
                return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                    configuration: .init(upgradeConfiguration: configuration))
            }
        }
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(5))
        do {
            return switch endpoint.address {
            case .tcp(let host, let port): try await bootstrap.connect(host: host, port: port, channelInitializer: initialize).get()
            case .unixSocket(let path):
                try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize).get()
            }
        } catch {
            throw ProcessComposeError(.unreachable, "process-compose at \(endpoint.description) does not answer: \(SilenceReason(error))")
        }
    }
}
