// `/v1/bridges`: which events of processes and workflows become alerts.

import ArgusService
import ArgusShared
import Hummingbird

/// The routes of bridges.
struct BridgeRoutes: Sendable {
    private let resources: ConfigurationResources<Bridge>

    init(store: ConfigurationStore) {
        resources = ConfigurationResources(store: store) { body, existing, now in
            let exists = try await store.has(EventManager.self, namedBy: "event_manager_id", of: body)
            return try BridgeInput(body, replacing: existing) { _ in exists }.bridge(replacing: existing, at: now)
        }
    }

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let writing = resources.add(to: router, access: access)
        writing.patch(":id") { request, context in try await resources.replace(request, context, complete: Self.merged) }
        writing.delete(":id") { request, context in try await delete(request, context) }
    }

    private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        return try await resources.delete(try await resources.current(request, context))
    }

    /// The bridge's members with those of `patch` in their place (RFC 7396, one level deep). What is no object is left for the reader of
    /// bodies to refuse.
    private static func merged(_ patch: [UInt8], into bridge: Bridge) -> [UInt8] {
        guard case .object(let changes)? = try? JSONValue(parsing: patch),
            case .object(let members)? = try? JSONValue(parsing: bridge.bytes)
        else { return patch }
        let names = Set(changes.map(\.name))
        return JSONValue.object(members.filter { !names.contains($0.name) } + changes).bytes
    }
}
