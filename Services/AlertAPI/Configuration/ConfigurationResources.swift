// What the routes of all that is configured do alike: entity tags, conditions, conflicts.

import ArgusBus
import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird

/// The resources of one kind.
struct ConfigurationResources<Value: Configured>: Sendable {
    /// Reads the body that makes a value, or replaces one, at a time. Throws what is wrong with it as `APIError`.
    typealias Reading = @Sendable (_ body: [UInt8], _ existing: Value?, _ now: Timestamp) async throws -> Value

    private static var bodyLimit: Int { 64 * 1024 }

    let store: ConfigurationStore
    let read: Reading
    /// What the sender of a request gets to see of a value.
    var shown: @Sendable (Value, ServiceContext) -> Value = { value, _ in value }

    /// Adds what every kind has: the list, one by its identifier, creation and replacement.
    ///
    /// - Returns: The group of routes that change something, for those that only this kind has.
    func add(to router: Router<ServiceContext>, access: Access) -> RouterGroup<ServiceContext> {
        let reading = router.group(RouterPath(Value.path)).add(middleware: access.reading)
        reading.get { request, context in try list(request, context) }
        reading.get(":id") { request, context in try get(request, context) }
        let writing = router.group(RouterPath(Value.path)).add(middleware: access.administration)
        writing.post { request, context in try await create(request, context) }
        writing.put(":id") { request, context in try await replace(request, context) }
        return writing
    }

    // MARK: Reading

    private func list(_ request: Request, _ context: ServiceContext) throws -> Response {
        try Loading.require(store)
        let page = try ConfigurationPage(request.query, of: store.all(Value.self).map(\.value))
        return page.response { shown($0, context) }
    }

    private func get(_ request: Request, _ context: ServiceContext) throws -> Response {
        try Loading.require(store)
        let id = try context.pathParameter("id")
        guard let found = store.known(Value.self, id) else { throw APIError.notFound(Value.kind, id) }
        if found.tag.isNamed(by: request.headers[.ifNoneMatch]) {
            return Response(status: .notModified, headers: [.eTag: found.tag.text])
        }
        return response(found, context)
    }

    /// What the path names, as the bus holds it now; 404 where there is none, 412 where `If-Match` names another revision.
    func current(_ request: Request, _ context: ServiceContext) async throws -> Versioned<Value> {
        let id = try context.pathParameter("id")
        guard let found = try await store.current(Value.self, id) else { throw APIError.notFound(Value.kind, id) }
        try found.tag.require(request.headers[.ifMatch])
        return found
    }

    // MARK: Writing

    private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let value = try await read(try await Self.body(of: request), nil, .now())
        do {
            let created = try await store.create(value)
            return response(created, context, status: .created, headers: [.location: "\(Value.path)/\(value.id)"])
        } catch let error as BusError where error.code == .keyExists {
            let article = "aeiou".contains(Value.kind.prefix(1)) ? "an" : "a"
            throw APIError(.conflict, code: "id_taken", message: "There is \(article) \(Value.kind) \"\(value.id)\" already.", field: "id")
        }
    }

    /// Replaces what the path names by what the body says, once `complete` has made a whole of it.
    func replace(
        _ request: Request, _ context: ServiceContext, complete: (_ body: [UInt8], _ current: Value) -> [UInt8] = { body, _ in body }
    ) async throws -> Response {
        let current = try await current(request, context)
        let body = complete(try await Self.body(of: request), current.value)
        return try await update(current, to: try await read(body, current.value, current.value.nextUpdate), context)
    }

    /// Stores a value in the place of `current`; 409 where somebody else was faster.
    func update(_ current: Versioned<Value>, to value: Value, _ context: ServiceContext) async throws -> Response {
        do {
            return response(try await store.update(value, at: current.revision), context)
        } catch let error as BusError where error.code == .keyExists {
            throw APIError.changedMeanwhile
        }
    }

    /// Deletes `current`; 409 where somebody else was faster.
    func delete(_ current: Versioned<Value>) async throws -> Response {
        do {
            try await store.delete(current)
        } catch let error as BusError where error.code == .keyExists {
            throw APIError.changedMeanwhile
        }
        return Response(status: .noContent)
    }

    /// Throws 409 where there are any of a kind that refer to a value.
    func requireUnused<User: Configured>(
        _ value: Value, code: String, by kind: User.Type, where refers: (User) -> Bool
    ) async throws {
        let users = try await store.currentIDs(of: kind, where: refers)
        guard !users.isEmpty else { return }
        throw APIError(
            .conflict, code: code, message: "The \(Value.kind) \"\(value.id)\" is used by \(users.count) \(User.kind)s.",
            extra: Array("\"\(User.listName)\":".utf8) + JSONValue.array(users.map { .string($0) }).bytes)
    }

    // MARK: Helpers

    private static func body(of request: Request) async throws -> [UInt8] {
        try request.requireContentType("application/json")
        return try await request.bodyBytes(limit: bodyLimit)
    }

    private func response(
        _ found: Versioned<Value>, _ context: ServiceContext, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.eTag] = found.tag.text
        return .json(shown(found.value, context).bytes, status: status, headers: headers)
    }
}

extension ConfigurationStore {
    /// Whether there is what a member of a body names. Another instance may have made it a moment ago, so the bus is asked.
    func has<Value: Configured>(_ kind: Value.Type, namedBy member: String, of body: [UInt8]) async throws -> Bool {
        guard let id = (try? JSONValue(parsing: body))?[member]?.stringValue else { return false }
        return try await current(kind, id) != nil
    }
}

extension APIError {
    fileprivate static let changedMeanwhile = conflict(
        code: "concurrent_update", message: "It was changed by somebody else at the same moment; read it again and repeat.")
}
