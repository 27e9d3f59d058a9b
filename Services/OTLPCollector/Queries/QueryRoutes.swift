// `GET /api/*`: what was received, and what became of it.

import ArgusOTLP
import ArgusService
import ArgusStorage
import Hummingbird

/// The routes of queries, all of which need the scope `read`.
struct QueryRoutes: Sendable {
    private static let contextLimit = 100
    private static let maximumContextLimit = 1000

    let traces: TraceQueries
    let logs: LogQueries
    let rollups: RollupQueries
    let services: ServiceQueries
    let statistics: StatisticsQueries
    let retention: RetentionSettings

    init(database: any Database, retention: RetentionSettings) {
        self.retention = retention
        traces = TraceQueries(database: database)
        logs = LogQueries(database: database)
        rollups = RollupQueries(database: database)
        services = ServiceQueries(database: database)
        statistics = StatisticsQueries(database: database)
    }

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let api = router.group("/api").add(middleware: access.reading)
        api.get("stats") { request, _ in try await stats(request) }
        api.get("traces") { request, _ in try await listTraces(request) }
        api.get("traces/:traceID") { request, context in try await trace(request, context) }
        api.get("logs") { request, _ in try await listLogs(request) }
        api.get("logs/context") { request, _ in try await context(request) }
        api.get("logs/:id") { request, context in try await log(request, context) }
        api.get("metrics/dashboard") { request, _ in try await dashboard(request) }
        api.get("metrics/traffic") { request, _ in try await traffic(request) }
        api.get("metrics/latency_heatmap") { request, _ in try await heatmap(request) }
        api.get("metrics/service-map") { request, _ in try await serviceMap(request) }
        api.get("metadata/services") { request, _ in try await listServices(request) }
    }

    // MARK: Traces

    private func listTraces(_ request: Request) async throws -> Response {
        let query = try TraceQuery(request.query)
        return .json(TraceBodies.page(try await traces.list(query), of: query))
    }

    private func trace(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        let text = try context.pathParameter("traceID")
        guard let trace = try await traces.trace(TraceID(text: text, field: "trace_id")) else { throw APIError.notFound("trace", text) }
        return .json(TraceBodies.trace(trace))
    }

    // MARK: Logs

    private func listLogs(_ request: Request) async throws -> Response {
        let query = try LogQuery(request.query)
        return .json(LogBodies.page(try await logs.list(query), of: query))
    }

    private func log(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        let text = try context.pathParameter("id")
        guard let log = try await logs.log(Self.logID(text)) else { throw APIError.notFound("log", text) }
        return .json(LogBodies.log(log))
    }

    private func context(_ request: Request) async throws -> Response {
        let reader = try QueryReader(request.query, allowed: ["id", "all", "limit"])
        guard let text = try reader.single("id") else { throw QueryReader.malformed("id", "is missing") }
        let limit = try reader.limit(default: Self.contextLimit, maximum: Self.maximumContextLimit)
        let context = try await logs.context(Self.logID(text), allServices: try reader.flag("all"), limit: limit)
        guard let context else { throw APIError.notFound("log", text) }
        return .json(LogBodies.context(context))
    }

    /// Reads the identifier of a log; throws 400 for what is none.
    static func logID(_ text: String) throws -> LogID {
        guard let id = LogID(text: text) else { throw QueryReader.malformed("id", "must be the decimal number of a log") }
        return id
    }

    // MARK: Rollups

    private func dashboard(_ request: Request) async throws -> Response {
        let reader = try QueryReader(request.query, allowed: TimeRange.parameters)
        return .json(MetricBodies.dashboard(try await rollups.dashboard(TimeRange(reader))))
    }

    private func traffic(_ request: Request) async throws -> Response {
        let query = try MetricQuery(request.query, allowed: ["service", "operation", "step"])
        return .json(MetricBodies.traffic(try await rollups.traffic(query)))
    }

    private func heatmap(_ request: Request) async throws -> Response {
        let query = try MetricQuery(request.query, allowed: ["service", "operation", "step"])
        return .json(MetricBodies.heatmap(try await rollups.heatmap(query)))
    }

    private func serviceMap(_ request: Request) async throws -> Response {
        let reader = try QueryReader(request.query, allowed: TimeRange.parameters)
        return .json(MetricBodies.serviceMap(try await rollups.serviceMap(TimeRange(reader))))
    }

    private func stats(_ request: Request) async throws -> Response {
        let reader = try QueryReader(request.query, allowed: TimeRange.parameters)
        let dashboard = try await rollups.dashboard(TimeRange(reader))
        return .json(StatisticsQueries.body(try await statistics.stored(), kept: retention, dashboard))
    }

    // MARK: Names

    private func listServices(_ request: Request) async throws -> Response {
        let reader = try QueryReader(request.query, allowed: TimeRange.parameters)
        return .json(ServiceBodies.services(try await services.catalog(TimeRange(reader))))
    }
}
