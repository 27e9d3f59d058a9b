// `GET /api/runs` and `GET /api/workflows`: what orchestrators ran, and how it went.

import ArgusService
import ArgusStorage
import Hummingbird

/// The routes of runs, all of which need the scope `read`.
struct RunRoutes: Sendable {
    private let runs: RunQueries

    init(database: any Database) {
        runs = RunQueries(database: database)
    }

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let api = router.group("/api").add(middleware: access.reading)
        api.get("runs") { request, _ in
            let query = try RunQuery(request.query)
            return Response.json(RunBodies.page(try await runs.list(query), of: query))
        }
        api.get("runs/:runID") { request, context in try await run(request, context) }
        api.get("workflows") { request, _ in
            let query = try WorkflowQuery(request.query)
            let (workflows, isTruncated) = try await runs.workflows(query)
            return Response.json(RunBodies.workflows(workflows, isTruncated: isTruncated, query.range))
        }
    }

    private func run(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let reader = try QueryReader(request.query, allowed: ["client", "workflow"])
        let id = try context.pathParameter("runID")
        switch try await runs.run(id, client: try reader.single("client"), workflow: try reader.single("workflow")) {
        case .none: throw APIError.notFound("run", id)
        case .one(let run): return .json(RunBodies.run(run))
        case .several(let candidates):
            throw APIError(
                .conflict, code: "ambiguous_run", message: "Several runs are called \"\(id)\": name client and workflow.",
                extra: RunBodies.candidates(candidates))
        }
    }
}
