// `/v1/alerts`: lists, single alerts, and what can be asked and done about them.

import ArgusService
import ArgusShared
import Hummingbird

/// The routes of alerts, but for the stream.
struct AlertRoutes: Sendable {
    static let path = "/v1/alerts"
    private static let bodyLimit = 16 * 1024
    private static let timelineLimit = 1000
    /// A dedup key that more managers than this have is answered with the first of them.
    private static let candidateLimit = 1000

    let queries: AlertQueries
    let store: ConfigurationStore
    let publisher: EventPublisher

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let reading = router.group(RouterPath(Self.path)).add(middleware: access.reading)
        reading.get { request, _ in try await list(request) }
        reading.get(":dedupKey") { request, context in
            Response.json(AlertBodies.alert(try await find(request, context).alert))
        }
        reading.get(":dedupKey/children") { request, context in try await children(request, context) }
        reading.get(":dedupKey/timeline") { request, context in try await timeline(request, context) }
        reading.get(":dedupKey/why") { request, context in try await why(request, context) }
        let sending = router.group(RouterPath(Self.path)).add(middleware: access.sending)
        sending.post(":dedupKey/acknowledge") { request, context in try await send(.acknowledge, request, context) }
        sending.post(":dedupKey/resolve") { request, context in try await send(.resolve, request, context) }
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try ListQuery(request.query)
        return .json(AlertBodies.page(try await queries.list(query), cursorScope: query.scope))
    }

    private func children(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let (alert, reader) = try await find(request, context, parameters: ["limit", "cursor", "status"])
        let scope = Partitioning.fnv1a("children \(alert.id)")
        let statuses: Set<Alert.Status> = try reader.cases("status")
        let page = try await queries.children(
            of: alert.id, status: statuses.count == 1 ? statuses.first : nil, after: try reader.cursor(scope: scope),
            limit: try reader.limit(default: ListQuery.defaultLimit, maximum: ListQuery.maximumLimit))
        return .json(AlertBodies.page(page, cursorScope: scope))
    }

    private func timeline(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let (alert, reader) = try await find(request, context, parameters: ["limit", "cursor"])
        let scope = Partitioning.fnv1a("timeline \(alert.id)")
        let limit = try reader.limit(default: Self.timelineLimit, maximum: Self.timelineLimit)
        let found = try await queries.timeline(of: alert.id, after: try reader.cursor(scope: scope), limit: limit)
        let items = Array(found.items.prefix(limit))
        let next = found.items.count > limit ? items.last.map { PageCursor(rank: $0.version, time: $0.position, id: "") } : nil
        return .json(AlertBodies.timeline(items, of: alert, total: found.total, next: next?.encoded(scope: scope)))
    }

    private func why(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let (alert, _) = try await find(request, context)
        var explanation = Explanation(alert: alert, activeChildren: [], now: .now())
        explanation.rule = alert.ruleID.flatMap { store.known(GroupingRule.self, $0)?.value }
        if let parentID = alert.parentID { explanation.parent = try await queries.alert(id: parentID) }
        if alert.activeChildCount > 0 {
            explanation.activeChildren = try await queries.children(
                of: alert.id, status: .active, after: nil, limit: Explanation.namedChildren
            ).alerts
        }
        return .json(explanation.body)
    }

    private func send(_ action: AlertEvent.Action, _ request: Request, _ context: ServiceContext) async throws -> Response {
        try request.requireContentType("application/json")
        let body = try await request.bodyBytes(limit: Self.bodyLimit)
        var actor: String?
        if !body.isEmpty {
            var fields = try BodyFields(parsing: body)
            actor = fields.string("by", maximum: 255)
            try fields.finish()
        }
        let (alert, _) = try await find(request, context)
        var event = AlertEvent(action: action, managerID: alert.managerID, dedupKey: alert.dedupKey, receivedAt: .now())
        event.actor = actor ?? context.identity?.name
        try await publisher.publish([event])
        return .json(AlertBodies.accepted(event), status: .accepted)
    }

    // MARK: Helpers

    /// The newest alert of the path's dedup key.
    private func find(
        _ request: Request, _ context: ServiceContext, parameters: [String] = []
    ) async throws -> (alert: Alert, reader: QueryReader) {
        let dedupKey = try context.pathParameter("dedupKey")
        let reader = try QueryReader(request.query, allowed: ["event_manager_id"] + parameters)
        let managerID = try reader.single("event_manager_id")
        let found = try await queries.newest(dedupKey: dedupKey, managerID: managerID)
        guard let alert = found.first else { throw APIError.notFound("alert", dedupKey) }
        guard found.count == 1 else {
            let managers = found.prefix(Self.candidateLimit).map { JSONValue.string($0.managerID) }
            throw APIError(
                .conflict, code: "ambiguous_dedup_key",
                message: "\(found.count) event managers have an alert \"\(dedupKey)\": choose one with event_manager_id.",
                field: "event_manager_id", extra: Array("\"event_managers\":".utf8) + JSONValue.array(managers).bytes)
        }
        return (alert, reader)
    }
}

extension QueryReader {
    /// The cursor of a list other than the main one.
    fileprivate func cursor(scope: UInt32) throws -> PageCursor? {
        guard let text = try single("cursor") else { return nil }
        guard let cursor = PageCursor(text, scope: scope) else { throw Self.malformed("cursor", "is not a cursor of this list") }
        return cursor
    }
}
