// `/v1/event-managers`: who receives alerts, and where their notifications go.

import ArgusBus
import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird

/// The routes of event managers.
struct ManagerRoutes: Sendable {
    static let path = "/v1/event-managers"
    private static let bodyLimit = 64 * 1024

    let store: ConfigurationStore
    let queries: AlertQueries
    let webhooks: WebhookPolicy
    let sweep: OrphanSweep

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let reading = router.group(RouterPath(Self.path)).add(middleware: access.reading)
        reading.get { request, context in try list(request, context) }
        reading.get(":id") { request, context in try get(request, context) }
        let writing = router.group(RouterPath(Self.path)).add(middleware: access.administration)
        writing.post { request, _ in try await create(request) }
        writing.put(":id") { request, context in try await replace(request, context) }
        writing.delete(":id") { request, context in try await delete(request, context) }
        writing.post(":id/rotate-key") { request, context in try await rotateKey(request, context) }
    }

    private func list(_ request: Request, _ context: ServiceContext) throws -> Response {
        try Loading.require(store)
        let page = try ConfigurationPage(request.query, of: store.managers.map { ($0.value.id, $0.value) })
        let showsKeys = Access.mayAdminister(context)
        return page.response(key: "event_managers") { manager, writer in manager.write(to: &writer, showingKey: showsKeys) }
    }

    private func get(_ request: Request, _ context: ServiceContext) throws -> Response {
        try Loading.require(store)
        let id = try context.pathParameter("id")
        guard let manager = store.manager(id) else { throw APIError.notFound("event manager", id) }
        if manager.tag.isNamed(by: request.headers[.ifNoneMatch]) {
            return Response(status: .notModified, headers: [.eTag: manager.tag.text])
        }
        return Self.response(manager, showingKey: Access.mayAdminister(context))
    }

    private func create(_ request: Request) async throws -> Response {
        let input = try await readBody(request, replacing: nil)
        let now = Timestamp.now()
        let manager = EventManager(
            id: input.id ?? Identifier.make(at: now), name: input.name, description: input.description,
            groupingRuleID: input.groupingRuleID,
            notification: input.notification, routingKey: RoutingKey.make(), createdAt: now, updatedAt: now)
        do {
            let created = try await store.create(manager)
            return Self.response(created, status: .created, headers: [.location: "\(Self.path)/\(manager.id)"])
        } catch let error as BusError where error.code == .keyExists {
            throw APIError(.conflict, code: "id_taken", message: "There is an event manager \"\(manager.id)\" already.", field: "id")
        }
    }

    private func replace(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let current = try await current(context)
        try current.tag.require(request.headers[.ifMatch])
        let input = try await readBody(request, replacing: current.value)
        var manager = current.value
        manager.name = input.name
        manager.description = input.description
        manager.groupingRuleID = input.groupingRuleID
        manager.notification = input.notification
        return Self.response(try await update(manager, current))
    }

    private func rotateKey(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let current = try await current(context)
        try current.tag.require(request.headers[.ifMatch])
        var manager = current.value
        manager.routingKey = RoutingKey.make()
        return Self.response(try await update(manager, current))
    }

    private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let query = try QueryReader(request.query, allowed: ["force"])
        let isForced =
            switch try query.single("force") {
            case nil, "false": false
            case "true": true
            default: throw QueryReader.malformed("force", "must be true or false")
            }
        let current = try await current(context)
        try current.tag.require(request.headers[.ifMatch])
        let active = try await queries.activeCount(managerID: current.value.id)
        guard active == 0 || isForced else {
            throw APIError(
                .conflict, code: "active_alerts",
                message: "The event manager \"\(current.value.id)\" has \(active) active alerts; ?force=true resolves them.",
                extra: Array("\"active_alerts\":\(active)".utf8))
        }
        let bridges = try await store.bridgesUsing(manager: current.value.id)
        guard bridges.isEmpty else {
            throw APIError(
                .conflict, code: "manager_in_use",
                message: "The event manager \"\(current.value.id)\" is used by \(bridges.count) bridges.",
                extra: Array("\"bridges\":".utf8) + JSONValue.array(bridges.map { .string($0) }).bytes)
        }
        do {
            try await store.delete(current)
        } catch let error as BusError where error.code == .keyExists {
            throw Self.changedMeanwhile
        }
        sweep.wake()
        return Response(status: .noContent)
    }

    // MARK: Helpers

    private func current(_ context: ServiceContext) async throws -> Versioned<EventManager> {
        let id = try context.pathParameter("id")
        guard let manager = try await store.currentManager(id) else { throw APIError.notFound("event manager", id) }
        return manager
    }

    private func update(_ manager: EventManager, _ current: Versioned<EventManager>) async throws -> Versioned<EventManager> {
        var manager = manager
        manager.updatedAt = max(.now(), current.value.updatedAt)
        do {
            return try await store.update(manager, at: current.revision)
        } catch let error as BusError where error.code == .keyExists {
            throw Self.changedMeanwhile
        }
    }

    private func readBody(_ request: Request, replacing existing: EventManager?) async throws -> ManagerInput {
        try request.requireContentType("application/json")
        let body = try await request.bodyBytes(limit: Self.bodyLimit)
        // Another instance may have made the rule a moment ago.
        let named = (try? JSONValue(parsing: body))?["grouping_rule_id"]?.stringValue
        var exists = false
        if let named { exists = try await store.currentRule(named) != nil }
        return try ManagerInput(body, replacing: existing, webhooks: webhooks) { _ in exists }
    }

    private static let changedMeanwhile = APIError.conflict(
        code: "concurrent_update", message: "It was changed by somebody else at the same moment; read it again and repeat.")

    private static func response(
        _ manager: Versioned<EventManager>, status: HTTPResponse.Status = .ok, showingKey: Bool = true, headers: HTTPFields = [:]
    ) -> Response {
        var writer = JSONWriter()
        manager.value.write(to: &writer, showingKey: showingKey)
        var headers = headers
        headers[.eTag] = manager.tag.text
        return .json(writer.bytes, status: status, headers: headers)
    }
}

extension EventManager {
    fileprivate func write(to writer: inout JSONWriter, showingKey: Bool) {
        var copy = self
        if !showingKey { copy.routingKey = Self.hiddenKey }
        copy.write(to: &writer)
    }
}
