// `/v1/event-managers`: who receives alerts, and where their notifications go.

import ArgusService
import ArgusShared
import Hummingbird

/// The routes of event managers.
struct ManagerRoutes: Sendable {
    private let resources: ConfigurationResources<EventManager>
    private let queries: AlertQueries
    private let sweep: OrphanSweep

    init(store: ConfigurationStore, queries: AlertQueries, webhooks: WebhookPolicy, sweep: OrphanSweep) {
        self.queries = queries
        self.sweep = sweep
        resources = ConfigurationResources(store: store) { body, existing, now in
            let exists = try await store.has(GroupingRule.self, namedBy: "grouping_rule_id", of: body)
            return try ManagerInput(body, replacing: existing, webhooks: webhooks) { _ in exists }.manager(replacing: existing, at: now)
        } shown: { manager, context in
            Access.mayAdminister(context) ? manager : manager.hidingKey
        }
    }

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let writing = resources.add(to: router, access: access)
        writing.delete(":id") { request, context in try await delete(request, context) }
        writing.post(":id/rotate-key") { request, context in try await rotateKey(request, context) }
    }

    private func rotateKey(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let current = try await resources.current(request, context)
        var manager = current.value
        manager.routingKey = RoutingKey.make()
        manager.updatedAt = manager.nextUpdate
        return try await resources.update(current, to: manager, context)
    }

    private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let query = try QueryReader(request.query, allowed: ["force"])
        let isForced =
            switch try query.single("force") {
            case nil, "false": false
            case "true": true
            default: throw QueryReader.malformed("force", "must be true or false")
            }
        let current = try await resources.current(request, context)
        let id = current.value.id
        let active = try await queries.activeCount(managerID: id)
        guard active == 0 || isForced else {
            throw APIError(
                .conflict, code: "active_alerts",
                message: "The event manager \"\(id)\" has \(active) active alerts; ?force=true resolves them.",
                extra: Array("\"active_alerts\":\(active)".utf8))
        }
        try await resources.requireUnused(current.value, code: "manager_in_use", by: Bridge.self) { $0.managerID == id }
        let response = try await resources.delete(current)
        sweep.wake()
        return response
    }
}

extension EventManager {
    /// What is shown in place of the routing key to those who may only read.
    static let hiddenKey = "hidden"

    fileprivate var hidingKey: EventManager {
        var copy = self
        copy.routingKey = Self.hiddenKey
        return copy
    }
}
