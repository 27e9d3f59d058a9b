// `GET /api/logs/{id}/insight`: what a language model makes of a log.

import ArgusService
import ArgusShared
import Hummingbird

/// The route of insights.
struct InsightRoutes: Sendable {
    /// Nil where insight is off.
    let service: InsightService?

    /// Adds it to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        router.group("/api").add(middleware: access.reading).get("logs/:id/insight") { request, context in
            try await insight(request, context)
        }
    }

    private func insight(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        guard let service else {
            throw APIError.conflict(
                code: "insight_disabled",
                message: "AI insight is off: set AI_ENABLED=true and either AZURE_OPENAI_ENDPOINT or OPENAI_BASE_URL to turn it on.")
        }
        let text = try context.pathParameter("id")
        let id = try QueryRoutes.logID(text)
        guard let (insight, isKnown) = try await service.insight(for: id) else { throw APIError.notFound("log", text) }
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("log_id", id.text)
            writer.string("insight", insight.text)
            writer.string("model", insight.model)
            writer.timestamp("created_at", Timestamp(milliseconds: insight.createdAt))
            writer.bool("cached", isKnown)
        }
        return .json(writer.bytes)
    }
}
