// `/jaeger/api/*`: Jaeger's query API, for its user interface and for Grafana.

import ArgusOTLP
import ArgusService
import ArgusStorage
import HTTPTypes
import Hummingbird

/// The routes of Jaeger's query API, all of which need the scope `read`.
struct JaegerRoutes: Sendable {
    /// An answer holds so many spans; traces beyond that are left out.
    private static let maximumSpans = 50_000

    let traces: TraceQueries
    let rollups: RollupQueries
    let services: ServiceQueries

    init(database: any Database) {
        traces = TraceQueries(database: database)
        rollups = RollupQueries(database: database)
        services = ServiceQueries(database: database)
    }

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let first = router.group("/jaeger/api").add(middleware: access.reading).add(middleware: JaegerErrors(body: JaegerBodies.error))
        first.get("services") { _, _ in Response.json(JaegerBodies.names(try await services.services())) }
        first.get("services/:service/operations") { _, context in
            Response.json(JaegerBodies.names(try await operations(of: try context.pathParameter("service"))))
        }
        first.get("operations") { request, _ in Response.json(JaegerBodies.operations(try await operations(request))) }
        first.get("traces") { request, _ in Response.json(JaegerBodies.traces(try await search(request))) }
        first.get("traces/:traceID") { _, context in Response.json(JaegerBodies.traces([try await trace(context)])) }
        first.get("dependencies") { request, _ in Response.json(JaegerBodies.dependencies(try await dependencies(request))) }

        let third = router.group("/jaeger/api/v3").add(middleware: access.reading).add(middleware: JaegerErrors(body: JaegerV3Bodies.error))
        third.get("services") { _, _ in Response.json(JaegerV3Bodies.services(try await services.services())) }
        third.get("operations") { request, _ in Response.json(JaegerV3Bodies.operations(try await operations(request))) }
        third.get("traces") { request, _ in Response.json(JaegerV3Bodies.traces(try await searchThird(request))) }
        third.get("traces/:traceID") { _, context in Response.json(JaegerV3Bodies.traces([try await trace(context)])) }
        third.get("dependencies") { request, _ in Response.json(JaegerV3Bodies.dependencies(try await dependenciesThird(request))) }
    }

    // MARK: Names

    private func operations(_ request: Request) async throws -> [String] {
        guard let service = JaegerReader(request.query).text("service") else { throw QueryReader.malformed("service", "is required") }
        return try await operations(of: service)
    }

    private func operations(of service: String) async throws -> [String] {
        try await services.operations(service: service).map(\.operation).filter { !$0.isEmpty }
    }

    // MARK: Traces

    private func search(_ request: Request) async throws -> [TraceQueries.Trace] {
        let query = try JaegerQuery(request.query)
        if !query.traceIDs.isEmpty { return try await traces.traces(query.traceIDs, maximumSpans: Self.maximumSpans) }
        return try await traces(query.traces)
    }

    private func searchThird(_ request: Request) async throws -> [TraceQueries.Trace] {
        let found = try await traces(try JaegerV3Query(request.query).traces)
        guard !found.isEmpty else { throw APIError(.notFound, code: "not_found", message: "No traces found") }
        return found
    }

    private func traces(_ query: TraceQuery) async throws -> [TraceQueries.Trace] {
        try await traces.traces(try await traces.list(query).traces.map(\.traceID), maximumSpans: Self.maximumSpans)
    }

    private func trace(_ context: ServiceContext) async throws -> TraceQueries.Trace {
        let id = try TraceID(jaeger: try context.pathParameter("traceID"), field: "traceID")
        guard let trace = try await traces.trace(id, withLogs: false) else {
            throw APIError(.notFound, code: "not_found", message: "trace not found")
        }
        return trace
    }

    // MARK: Dependencies

    private func dependencies(_ request: Request) async throws -> [RollupQueries.Edge: Int64] {
        let reader = JaegerReader(request.query)
        let end = try reader.count("endTs", unit: 1_000_000) ?? TimeRange.now()
        let lookback = try reader.count("lookback", unit: 1_000_000) ?? 24 * 3600 * TimeRange.nanosecondsPerSecond
        let start = max(0, end - lookback)
        guard start < end else { throw QueryReader.malformed("lookback", "must be more than 0") }
        let calls = try await rollups.calls(TimeRange(start: start, end: end))
        guard let service = reader.text("service") else { return calls }
        return calls.filter { $0.key.caller == service || $0.key.callee == service }
    }

    private func dependenciesThird(_ request: Request) async throws -> [RollupQueries.Edge: Int64] {
        let reader = JaegerReader(request.query)
        let range = TimeRange(start: try reader.requiredTime("start_time"), end: try reader.requiredTime("end_time"))
        guard range.start < range.end else { throw QueryReader.malformed("end_time", "must be later than start_time") }
        return try await rollups.calls(range)
    }
}

/// Answers errors in the bodies that Jaeger's clients read.
private struct JaegerErrors: RouterMiddleware {
    typealias Context = ServiceContext

    let body: @Sendable (_ code: Int, _ message: String) -> [UInt8]

    func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as APIError {
            return .json(body(error.status.code, error.message), status: error.status, headers: error.headers)
        }
    }
}
