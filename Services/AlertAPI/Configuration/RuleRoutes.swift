// `/v1/grouping-rules`: by what alerts are grouped, and for how long.

import ArgusBus
import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird

/// The routes of grouping rules.
struct RuleRoutes: Sendable {
    static let path = "/v1/grouping-rules"
    private static let bodyLimit = 64 * 1024

    let store: ConfigurationStore

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let reading = router.group(RouterPath(Self.path)).add(middleware: access.reading)
        reading.get { request, _ in try list(request) }
        reading.get(":id") { request, context in try get(request, context) }
        let writing = router.group(RouterPath(Self.path)).add(middleware: access.administration)
        writing.post { request, _ in try await create(request) }
        writing.put(":id") { request, context in try await replace(request, context) }
        writing.delete(":id") { request, context in try await delete(request, context) }
    }

    private func list(_ request: Request) throws -> Response {
        try Loading.require(store)
        let page = try ConfigurationPage(request.query, of: store.rules.map { ($0.value.id, $0.value) })
        return page.response(key: "grouping_rules") { rule, writer in rule.write(to: &writer) }
    }

    private func get(_ request: Request, _ context: ServiceContext) throws -> Response {
        try Loading.require(store)
        let id = try context.pathParameter("id")
        guard let rule = store.rule(id) else { throw APIError.notFound("grouping rule", id) }
        if rule.tag.isNamed(by: request.headers[.ifNoneMatch]) {
            return Response(status: .notModified, headers: [.eTag: rule.tag.text])
        }
        return Self.response(rule)
    }

    private func create(_ request: Request) async throws -> Response {
        let input = try await readBody(request, replacing: nil)
        let now = Timestamp.now()
        let rule = GroupingRule(
            id: input.id ?? Identifier.make(at: now), name: input.name, groupingKeys: input.groupingKeys, isList: input.isList,
            timeWindowMinutes: input.timeWindowMinutes, groupMissing: input.groupMissing, createdAt: now, updatedAt: now)
        do {
            return Self.response(try await store.create(rule), status: .created, headers: [.location: "\(Self.path)/\(rule.id)"])
        } catch let error as BusError where error.code == .keyExists {
            throw APIError(.conflict, code: "id_taken", message: "There is a grouping rule \"\(rule.id)\" already.", field: "id")
        }
    }

    private func replace(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let current = try await current(context)
        try current.tag.require(request.headers[.ifMatch])
        let input = try await readBody(request, replacing: current.value)
        let rule = GroupingRule(
            id: current.value.id, name: input.name, groupingKeys: input.groupingKeys, isList: input.isList,
            timeWindowMinutes: input.timeWindowMinutes, groupMissing: input.groupMissing, createdAt: current.value.createdAt,
            updatedAt: max(.now(), current.value.updatedAt))
        do {
            return Self.response(try await store.update(rule, at: current.revision))
        } catch let error as BusError where error.code == .keyExists {
            throw Self.changedMeanwhile
        }
    }

    private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        let current = try await current(context)
        try current.tag.require(request.headers[.ifMatch])
        let users = try await store.managersUsing(rule: current.value.id)
        guard users.isEmpty else {
            throw APIError(
                .conflict, code: "rule_in_use",
                message: "The grouping rule \"\(current.value.id)\" is used by \(users.count) event managers.",
                extra: Array("\"event_managers\":".utf8) + JSONValue.array(users.map { .string($0) }).bytes)
        }
        do {
            try await store.delete(current)
        } catch let error as BusError where error.code == .keyExists {
            throw Self.changedMeanwhile
        }
        return Response(status: .noContent)
    }

    // MARK: Helpers

    private func current(_ context: ServiceContext) async throws -> Versioned<GroupingRule> {
        let id = try context.pathParameter("id")
        guard let rule = try await store.currentRule(id) else { throw APIError.notFound("grouping rule", id) }
        return rule
    }

    private func readBody(_ request: Request, replacing existing: GroupingRule?) async throws -> RuleInput {
        try request.requireContentType("application/json")
        return try RuleInput(try await request.bodyBytes(limit: Self.bodyLimit), replacing: existing)
    }

    private static let changedMeanwhile = APIError.conflict(
        code: "concurrent_update", message: "It was changed by somebody else at the same moment; read it again and repeat.")

    private static func response(
        _ rule: Versioned<GroupingRule>, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var writer = JSONWriter()
        rule.value.write(to: &writer)
        var headers = headers
        headers[.eTag] = rule.tag.text
        return .json(writer.bytes, status: status, headers: headers)
    }
}
