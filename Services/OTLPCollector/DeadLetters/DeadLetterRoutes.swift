// `/api/dlq`: what waits for the database, and what it will never take.

import ArgusService
import ArgusShared
import Hummingbird

/// The routes of dead-letter files.
struct DeadLetterRoutes: Sendable {
    static let path = "/api/dlq"

    let directory: DeadLetterDirectory
    let replay: DeadLetterReplay
    let outage: DatabaseOutage

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let reading = router.group(RouterPath(Self.path)).add(middleware: access.reading)
        reading.get { request, _ in try await list(request) }
        let administration = router.group(RouterPath(Self.path)).add(middleware: access.administration)
        administration.post(":id/replay") { request, context in try await replay(request, context) }
        administration.delete(":id") { request, context in try await delete(request, context) }
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try QueryReader(request.query, allowed: ["limit", "after"])
        let limit = try query.limit(default: 100, maximum: 1000)
        let after = try query.single("after").map { text in
            guard let id = DeadLetterID(text) else { throw QueryReader.malformed("after", "must be the id of a dead-letter file") }
            return id
        }
        let page = try await directory.page(after: after, limit: limit + 1)
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("files")
        writer.beginArray()
        for entry in page.entries.prefix(limit) { Self.write(entry, to: &writer) }
        writer.endArray()
        writer.integer("total", page.total)
        writer.string("next", page.entries.count > limit ? page.entries[limit - 1].id.text : nil)
        writer.bool("database_away", outage.isAway)
        writer.endObject()
        return .json(writer.bytes)
    }

    private static func write(_ entry: DeadLetterDirectory.Entry, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.string("id", entry.id.text)
        writer.string("state", entry.place.rawValue)
        writer.string("kind", entry.header?.kind.text)
        writer.timestamp("created", entry.header?.created)
        writer.key("items")
        if let header = entry.header { writer.integer(header.items) } else { writer.null() }
        writer.integer("bytes", entry.bytes)
        writer.string("reason", entry.reason ?? entry.header?.reason)
        writer.endObject()
    }

    private func replay(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        let (id, place) = try await file(context)
        switch try await replay.replay(id, from: place) {
        case .stored(let summary, let aside):
            var writer = JSONWriter()
            writer.beginObject()
            writer.string("id", id.text)
            writer.integer("stored", summary.stored)
            writer.integer("duplicates", summary.duplicates)
            writer.integer("messages_set_aside", aside)
            writer.endObject()
            return .json(writer.bytes)
        case .setAside(let reason):
            throw APIError(.unprocessableContent, code: "cannot_be_stored", message: "The dead letters can never be stored: \(reason)")
        case .elsewhere: throw Self.busy
        }
    }

    private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        let (id, place) = try await file(context)
        guard try await replay.delete(id, from: place) else { throw Self.busy }
        return Response(status: .noContent)
    }

    private func file(_ context: ServiceContext) async throws -> (DeadLetterID, DeadLetterFiles.Place) {
        let text = try context.pathParameter("id")
        guard let id = DeadLetterID(text), let place = try await directory.find(id) else {
            throw APIError.notFound("dead-letter file", text)
        }
        return (id, place)
    }

    private static let busy = APIError.conflict(code: "being_replayed", message: "The file is being replayed at this moment.")
}
