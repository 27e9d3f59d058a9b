// `GET /ws`: logs as they are stored, over a WebSocket.

import ArgusService
import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// The route of live logs.
///
/// Browsers cannot set headers when they open a WebSocket: they send their token as a subprotocol, `argus.bearer.<token>`, beside
/// `argus.logs.v1`, which is the one that is agreed on. In a URL it would end up in logs and histories.
struct LiveRoutes: Sendable {
    static let subprotocol = "argus.logs.v1"

    let hub: LiveHub
    let source: any LiveSource
    let settings: LiveSettings
    let metrics: LiveMetrics
    var options = WebSocketOptions()
    let logger: Logger

    /// Adds the route.
    func add(to router: Router<ServiceContext>, access: Access) {
        router.group("/ws").add(middleware: SubprotocolToken()).add(middleware: access.reading).get { request, context in
            try await open(request, context)
        }
    }

    private func open(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let handshake = try WebSocketHandshake(request.head, subprotocols: [Self.subprotocol])
        try LiveOrigin(allowed: settings.origins).check(request.head)
        let query = try LiveQuery(request.query)
        guard hub.count < settings.clients else {
            throw APIError(.serviceUnavailable, code: "too_many_clients", message: "Too many clients follow.", retryAfter: .seconds(5))
        }
        // A database that is away is for the answer to tell, not for the WebSocket.
        _ = try await source.bounds()
        let queue = LiveQueue(filter: query.filter, onMissed: { [metrics] in metrics.missed.increment(by: $0) })
        return try context.webSocket(handshake, options: options, logger: logger) { [hub, source, metrics] socket in
            metrics.clients.add(1)
            defer { metrics.clients.add(-1) }
            let session = LiveSession(hub: hub, source: source, queue: queue, after: query.after) { try await socket.send(text: $0) }
            try await session.run()
        }
    }
}

/// What live logs count.
struct LiveMetrics: Sendable {
    let clients: MetricGauge
    let missed: MetricCounter

    init(_ registry: MetricsRegistry) {
        clients = registry.gauge(MetricNames.liveClients, help: "Clients that follow live logs.")
        missed = registry.counter(MetricNames.liveMissed, help: "Log entries left out for clients that were too slow.")
    }
}

/// A checked query of `GET /ws`.
struct LiveQuery: Sendable {
    /// Which logs the client wants.
    var filter = LogFilter()
    /// What the client has already.
    var after: LogID?

    /// Reads the query; throws 400 with the field's name for whatever is unknown or malformed.
    init(_ items: QueryItems) throws {
        let reader = try QueryReader(items, allowed: ["service", "severity", "q", "after"])
        filter.services = Set(try reader.all("service", atMost: 20))
        filter.minimumSeverity = try reader.severity("severity")
        filter.words = try reader.words("q")
        if let text = try reader.single("after") {
            guard let id = LogID(text: text) else {
                throw QueryReader.malformed("after", "must be the decimal number that a message gave as last")
            }
            after = id
        }
    }
}

/// Which pages may connect: ours, and those that are configured. Programs other than browsers send no origin.
struct LiveOrigin: Sendable {
    let allowed: [String]

    /// Throws 403 for a page of somebody else.
    func check(_ request: HTTPRequest) throws {
        guard let origin = request.headerFields[.origin], !allowed.contains("*"), !allowed.contains(origin) else { return }
        guard let range = origin.range(of: "://"), origin[range.upperBound...].lowercased() == request.authority?.lowercased() else {
            throw APIError(
                .forbidden, code: "origin_not_allowed", message: "Pages of \(origin.prefix(200)) may not connect: see ARGUS_LIVE_ORIGINS.")
        }
    }
}

/// Reads the token that a browser sends as a subprotocol.
struct SubprotocolToken: RouterMiddleware {
    typealias Context = ServiceContext

    private static let prefix = "argus.bearer."

    func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        guard request.headers[.authorization] == nil,
            let offered = WebSocketHandshake.offeredSubprotocols(request.headers).first(where: { $0.hasPrefix(Self.prefix) })
        else { return try await next(request, context) }
        var head = request.head
        head.headerFields[.authorization] = "Bearer \(offered.dropFirst(Self.prefix.count))"
        return try await next(Request(head: head, body: request.body), context)
    }
}
