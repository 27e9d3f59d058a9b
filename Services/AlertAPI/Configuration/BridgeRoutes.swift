// `/v1/bridges`: which events of processes and workflows become alerts.

import ArgusBus
import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird

/// The routes of bridges.
struct BridgeRoutes: Sendable {
    static let path = "/v1/bridges"
    private static let bodyLimit = 64 * 1024

    let store: ConfigurationStore

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let reading = router.group(RouterPath(Self.path)).add(middleware: access.reading)
        reading.get { request, _ in try list(request) }
        reading.get(":id") { request, context in try get(request, context) }
        let writing = router.group(RouterPath(Self.path)).add(middleware: access.administration)
        writing.post { request, _ in try await create(request) }
        writing.put(":id") { request, context in try await replace(request, context, merging: false) }
        writing.patch(":id") { request, context in try await replace(request, context, merging: true) }
        writing.delete(":id") { request, context in try await delete(request, context) }
    }

    private func list(_ request: Request) throws -> Response {
        try Loading.require(store)
        let page = try ConfigurationPage(request.query, of: store.bridges.map { ($0.value.id, $0.value) })
        return page.response(key: "bridges") { bridge, writer in bridge.write(to: &writer) }
    }

    private func get(_ request: Request, _ context: ServiceContext) throws -> Response {
        try Loading.require(store)
        let id = try context.pathParameter("id")
        guard let bridge = store.bridge(id) else { throw APIError.notFound("bridge", id) }
        if bridge.tag.isNamed(by: request.headers[.ifNoneMatch]) {
            return Response(status: .notModified, headers: [.eTag: bridge.tag.text])
        }
        return Self.response(bridge)
    }

    private func create(_ request: Request) async throws -> Response {
        let input = try await read(Self.body(of: request), replacing: nil)
        let now = Timestamp.now()
        var bridge = input.bridge
        bridge.id = input.id ?? Identifier.make(at: now)
        (bridge.createdAt, bridge.updatedAt, bridge.activeSince) = (now, now, now)
        do {
            let created = try await store.create(bridge)
            return Self.response(created, status: .created, headers: [.location: "\(Self.path)/\(bridge.id)"])
        } catch let error as BusError where error.code == .keyExists {
            throw APIError(.conflict, code: "id_taken", message: "There is a bridge \"\(bridge.id)\" already.", field: "id")
        }
    }

    /// Replaces a bridge: by the body alone, or by the body's members over those that the bridge has.
    private func replace(_ request: Request, _ context: ServiceContext, merging: Bool) async throws -> Response {
        let current = try await current(context)
        try current.tag.require(request.headers[.ifMatch])
        var body = try await Self.body(of: request)
        if merging { body = Self.merged(body, into: current.value) }
        var bridge = try await read(body, replacing: current.value).bridge
        let now = max(.now(), current.value.updatedAt)
        bridge.createdAt = current.value.createdAt
        bridge.updatedAt = now
        // What happened while it was off stays unreported.
        bridge.activeSince = bridge.isEnabled && !current.value.isEnabled ? now : current.value.activeSince
        do {
            return Self.response(try await store.update(bridge, at: current.revision))
        } catch let error as BusError where error.code == .keyExists {
            throw Self.changedMeanwhile
        }
    }

    private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        let current = try await current(context)
        try current.tag.require(request.headers[.ifMatch])
        do {
            try await store.delete(current)
        } catch let error as BusError where error.code == .keyExists {
            throw Self.changedMeanwhile
        }
        return Response(status: .noContent)
    }

    // MARK: Helpers

    private func current(_ context: ServiceContext) async throws -> Versioned<Bridge> {
        let id = try context.pathParameter("id")
        guard let bridge = try await store.currentBridge(id) else { throw APIError.notFound("bridge", id) }
        return bridge
    }

    private static func body(of request: Request) async throws -> [UInt8] {
        try request.requireContentType("application/json")
        return try await request.bodyBytes(limit: bodyLimit)
    }

    private func read(_ body: [UInt8], replacing existing: Bridge?) async throws -> BridgeInput {
        // Another instance may have made the manager a moment ago.
        let named = (try? JSONValue(parsing: body))?["event_manager_id"]?.stringValue
        var exists = false
        if let named { exists = try await store.currentManager(named) != nil }
        return try BridgeInput(body, replacing: existing) { _ in exists }
    }

    /// The bridge's members with those of `patch` in their place (RFC 7396, one level deep). What is no object is left for the reader of
    /// bodies to refuse.
    private static func merged(_ patch: [UInt8], into bridge: Bridge) -> [UInt8] {
        var writer = JSONWriter()
        bridge.write(to: &writer)
        guard case .object(let changes)? = try? JSONValue(parsing: patch),
            case .object(let members)? = try? JSONValue(parsing: writer.bytes)
        else { return patch }
        let names = Set(changes.map(\.name))
        return JSONValue.object(members.filter { !names.contains($0.name) } + changes).bytes
    }

    private static let changedMeanwhile = APIError.conflict(
        code: "concurrent_update", message: "It was changed by somebody else at the same moment; read it again and repeat.")

    private static func response(
        _ bridge: Versioned<Bridge>, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var writer = JSONWriter()
        bridge.value.write(to: &writer)
        var headers = headers
        headers[.eTag] = bridge.tag.text
        return .json(writer.bytes, status: status, headers: headers)
    }
}
