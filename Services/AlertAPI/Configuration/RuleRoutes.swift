// `/v1/grouping-rules`: by what alerts are grouped, and for how long.

import ArgusService
import ArgusShared
import Hummingbird

/// The routes of grouping rules.
struct RuleRoutes: Sendable {
    private let resources: ConfigurationResources<GroupingRule>

    init(store: ConfigurationStore) {
        resources = ConfigurationResources(store: store) { body, existing, now in
            try RuleInput(body, replacing: existing).rule(replacing: existing, at: now)
        }
    }

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let writing = resources.add(to: router, access: access)
        writing.delete(":id") { request, context in try await delete(request, context) }
    }

    private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        let current = try await resources.current(request, context)
        let id = current.value.id
        try await resources.requireUnused(current.value, code: "rule_in_use", by: EventManager.self) { $0.groupingRuleID == id }
        return try await resources.delete(current)
    }
}
