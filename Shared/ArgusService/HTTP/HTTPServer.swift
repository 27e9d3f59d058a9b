// The HTTP door of a service.

public import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
public import ServiceLifecycle

/// An HTTP/1.1 server over a router, bounded in connections, body size and time.
///
/// It takes the place of Hummingbird's `Application`: error bodies, request ids and metrics are done in one function around
/// the router, which costs less than a middleware each.
public final class HTTPServer: Service, CustomStringConvertible {
    private let settings: HTTPSettings
    private let metrics: HTTPMetrics
    private let logger: Logger
    private let responder: RouterResponder<ServiceContext>
    private let allowed: AllowedMethods
    private let direct: [DirectRoute]
    private let bound = BoundPort()

    init(
        router: Router<ServiceContext>, direct: [DirectRoute] = [], settings: HTTPSettings, metrics: MetricsRegistry, logger: Logger
    ) {
        self.direct = direct
        self.settings = settings
        self.metrics = HTTPMetrics(registry: metrics)
        self.logger = logger
        self.responder = router.buildResponder()
        self.allowed = AllowedMethods(of: router)
    }

    /// What logs call it.
    public var description: String { "http" }

    /// The port the server listens on; waits until it does.
    ///
    /// - Throws: What kept the server from listening.
    public func port() async throws -> Int {
        try await bound.wait()
    }

    /// Serves until shutdown. Requests in progress are finished first.
    ///
    /// - Throws: `StartError` where the address cannot be bound.
    public func run() async throws {
        let limits = ConnectionGuard.Limits(
            maxBodyBytes: settings.maxBodyBytes, bodyTimeout: TimeAmount(settings.bodyTimeout),
            requestTimeout: TimeAmount(settings.requestTimeout))
        let metrics = metrics
        let direct = direct
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(limits: limits, metrics: metrics)]
                + (direct.isEmpty ? [] : [DirectHandlerInstaller(routes: direct, metrics: metrics)]),
            idleTimeout: TimeAmount(settings.idleTimeout),
            httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 64 * 1024, maxHeaderFieldCount: 100))
        var serverLogger = logger
        serverLogger.logLevel = max(logger.logLevel, .warning)
        let server = try HTTPServerBuilder.http1(configuration: channel).buildServer(
            configuration: ServerConfiguration(
                address: .hostname(settings.host, port: settings.port), backlog: 1024,
                availableConnectionsDelegate: .maximum(settings.maxConnections, logger: serverLogger)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: serverLogger,
            responder: { request, writer, channel in
                try await self.respond(to: request, writer: writer, channel: channel)
            },
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? self.settings.port
                self.logger.info("listening", metadata: [LogKey.address: "\(self.settings.host):\(port)"])
                self.bound.succeed(port)
            })
        do {
            try await server.run()
            bound.fail(CancellationError())
        } catch {
            let reason = StartError(binding: settings, error: error)
            bound.fail(reason)
            throw reason
        }
    }

    private func respond(to request: Request, writer: consuming ResponseWriter, channel: any Channel) async throws {
        let start = ContinuousClock.now
        var context = ServiceContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        context.requestID = RequestIDs.accepted(request.headers[HeaderNames.requestID]) ?? RequestIDs.make()
        if request.headers[.upgrade] != nil { context.protocolSwitch = ProtocolSwitch() }
        var response: Response
        do {
            response = try await responder.respond(to: request, context: context)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            let refusal = knownRoute(context) == nil ? await allowed.refusal(of: request, context) : nil
            response = answer(to: refusal ?? error, request, context)
        }
        response.headers[HeaderNames.requestID] = context.requestID
        response.headers[.date] = HTTPDate.now()
        let route = response.status == .notFound ? knownRoute(context) : context.endpointPath
        metrics.record(
            method: request.method, route: route ?? HTTPMetrics.unmatchedRoute, status: response.status, duration: .now - start)
        if response.status == .switchingProtocols, let installation = context.protocolSwitch?.take() {
            return try await ProtocolSwitch.perform(installation, answer: response.head, on: channel)
        }
        do {
            try await writer.write(response: response.head, body: response.body)
        } catch is HTTPParserError {
            // Another request's parse error must not be answered in the middle of this answer.
            throw ChannelError.ioOnClosedChannel
        }
    }

    private func knownRoute(_ context: ServiceContext) -> String? {
        context.endpointPath.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    private func answer(to error: any Error, _ request: Request, _ context: ServiceContext) -> Response {
        let translated = APIError(translating: error)
        if translated.status == .internalServerError {
            logger.error(
                "request failed",
                metadata: [
                    LogKey.requestID: "\(context.requestID)", LogKey.method: "\(request.method.rawValue)",
                    LogKey.route: "\(context.endpointPath ?? HTTPMetrics.unmatchedRoute)", LogKey.error: "\(error)",
                ])
        }
        // A body where none may be would be read as the beginning of the next answer.
        return request.method == .head ? translated.response.createHeadResponse() : translated.response
    }
}

/// A server for a router, to be run as a listener of a service.
///
/// - Parameter direct: Routes of the router whose usual case is answered without it.
public func makeHTTPServer(
    router: Router<ServiceContext>, direct: [DirectRoute] = [], settings: HTTPSettings, metrics: MetricsRegistry, logger: Logger
) -> HTTPServer {
    HTTPServer(router: router, direct: direct, settings: settings, metrics: metrics, logger: logger)
}
