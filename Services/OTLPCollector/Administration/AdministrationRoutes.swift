// `DELETE /api/admin/purge` and `POST /api/admin/vacuum`.

import ArgusService
import ArgusShared
import ArgusStorage
import HTTPTypes
import Hummingbird
import Logging

/// What was deleted.
struct PurgeCounts: Sendable, Hashable {
    var traces: Int64 = 0
    var spans: Int64 = 0
    var logs: Int64 = 0
    var runs: Int64 = 0
}

/// The routes of administration; they need the scope `admin`.
///
/// Both may take longer than a client waits: then the answer is 202, the work goes on, and asking again waits for it.
struct AdministrationRoutes: Sendable {
    /// The size of the database before and after a vacuum, in bytes.
    struct Vacuumed: Sendable {
        var before: Int64
        var after: Int64
        var duration: Duration
    }

    let database: any Database
    /// Deletes all telemetry and all runs.
    let purge: @Sendable () async throws -> PurgeCounts
    let logger: Logger

    private let purging = LongJob<PurgeCounts>()
    private let vacuuming = LongJob<Vacuumed>()

    init(database: any Database, logger: Logger, purge: @escaping @Sendable () async throws -> PurgeCounts) {
        self.database = database
        self.logger = logger
        self.purge = purge
    }

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let routes = router.group("/api/admin").add(middleware: access.administration)
        routes.delete("purge") { request, context in try await purge(request, context) }
        routes.post("vacuum") { request, context in try await vacuum(request, context) }
    }

    private func purge(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        logger.notice("all telemetry and all runs are deleted on request", metadata: [LogKey.credential: "\(context.identity?.name ?? "")"])
        guard case .done(let counts) = try await purging.run(purge) else { return Self.running }
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("status", "done")
            writer.object("deleted") { writer in
                writer.integer("traces", counts.traces)
                writer.integer("spans", counts.spans)
                writer.integer("logs", counts.logs)
                writer.integer("runs", counts.runs)
            }
        }
        return .json(writer.bytes)
    }

    private func vacuum(_ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        let outcome = try await vacuuming.run { [database] in
            let start = ContinuousClock.now
            let before = try await database.size()
            try await database.vacuum()
            return Vacuumed(before: before, after: try await database.size(), duration: .now - start)
        }
        guard case .done(let vacuumed) = outcome else { return Self.running }
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("status", "done")
            writer.integer("bytes_before", vacuumed.before)
            writer.integer("bytes_after", vacuumed.after)
            writer.number("duration_ms", vacuumed.duration / .milliseconds(1))
        }
        return .json(writer.bytes)
    }

    private static var running: Response {
        .json(Array(#"{"status":"running"}"#.utf8), status: .accepted)
    }
}
