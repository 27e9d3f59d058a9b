// Lets a route hand its connection over to another protocol (RFC 9110, section 7.8), such as WebSocket.

public import HTTPTypes
public import Hummingbird
import HummingbirdCore
public import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Synchronization

/// What happens to a connection after its answer 101.
///
/// It runs on the connection's event loop right behind the answer, puts the new protocol's handlers at the front of the pipeline, and returns
/// what serves the connection. The connection counts as busy until that returns, so it must close the channel at the end, and early where
/// the task is told to shut down.
public typealias ProtocolInstallation = @Sendable (any Channel) throws -> @Sendable () async throws -> Void

/// Where a route leaves what is to be done after its answer.
final class ProtocolSwitch: Sendable {
    private let installation = Mutex<ProtocolInstallation?>(nil)

    func put(_ installation: @escaping ProtocolInstallation) {
        self.installation.withLock { $0 = installation }
    }

    func take() -> ProtocolInstallation? {
        installation.withLock { installation in
            defer { installation = nil }
            return installation
        }
    }

    /// Answers, installs and serves; returns when the connection has been served.
    static func perform(_ installation: @escaping ProtocolInstallation, answer: HTTPResponse, on channel: any Channel) async throws {
        let serve = try await channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let connection = try pipeline.context(handlerType: ConnectionGuard.self)
            connection.writeAndFlush(NIOAny(HTTPResponsePart.head(answer)), promise: nil)
            retireHTTP(pipeline)
            return try installation(channel)
        }.get()
        try await serve()
    }

    /// What watches over requests goes; the decoder drops what it may still hold, for nothing may be sent before the answer has come.
    /// The codecs stay, behind the new handlers, where nothing reaches them.
    private static func retireHTTP(_ pipeline: ChannelPipeline.SynchronousOperations) {
        func remove<Handler: RemovableChannelHandler>(_ type: Handler.Type) {
            if let handler = try? pipeline.handler(type: type) { pipeline.removeHandler(handler, promise: nil) }
        }
        remove(ConnectionGuard.self)
        remove(DirectHandlerInstaller.self)
        remove(DirectHandler.self)
        remove(HTTPConnectionStateHandler.self)
        remove(ByteToMessageHandler<HTTPRequestDecoder>.self)
    }
}

extension ServiceContext {
    /// The answer 101 to a request with an `Upgrade` header: the connection leaves HTTP behind.
    ///
    /// - Parameters:
    ///   - headers: Of the answer; those the new protocol asks for, `Upgrade` and `Connection` among them.
    ///   - install: What happens behind the answer.
    /// - Throws: `APIError` 426 where the request has no `Upgrade` header.
    public func switchProtocols(headers: HTTPFields, install: @escaping ProtocolInstallation) throws -> Response {
        guard let protocolSwitch else {
            throw APIError(.upgradeRequired, code: "upgrade_required", message: "The request needs an Upgrade header.")
        }
        protocolSwitch.put(install)
        return Response(status: .switchingProtocols, headers: headers)
    }
}
