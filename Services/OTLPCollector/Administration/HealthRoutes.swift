// `GET /api/health`: how the collector is, in numbers.

import ArgusService
import ArgusShared
import Hummingbird

/// How a collector is.
struct CollectorHealth: Sendable {
    /// Checks that fail, with their reasons.
    var failing: [(name: String, reason: String)]
    /// Spans and logs stored per second over the last minute, wherever they came from.
    var ingestionRate: Double
    /// Spans and logs that the doors accepted per second over the last minute.
    var acceptedRate: Double
    /// Dead-letter files that wait for the database.
    var deadLetters: Int
    /// Dead-letter files that can never be stored.
    var asideDeadLetters: Int
    /// Open connections of all doors.
    var connections: Int
    var liveClients: Int
    /// nil where nothing was asked of the database in the last minute.
    var databaseLatency: Duration?
    /// Messages on the bus that no collector has taken yet.
    var pendingMessages: Int
    /// Whether a language model may be asked about logs.
    var hasInsight: Bool

    /// The answer.
    var body: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.string("status", failing.isEmpty ? "ok" : "degraded")
            writer.string("version", SuiteVersion.current)
            writer.number("ingestion_rate", ingestionRate)
            writer.number("accepted_rate", acceptedRate)
            writer.integer("dlq_size", deadLetters)
            writer.integer("dlq_aside", asideDeadLetters)
            writer.integer("active_connections", connections)
            writer.integer("live_clients", liveClients)
            writer.key("db_latency_p99_ms")
            if let databaseLatency { writer.double((databaseLatency / .microseconds(1)).rounded() / 1000) } else { writer.null() }
            writer.integer("pending_messages", pendingMessages)
            writer.bool("insight", hasInsight)
            writer.object("failing") { writer in
                for check in failing {
                    writer.key(check.name)
                    writer.string(check.reason)
                }
            }
        }
        return writer.bytes
    }
}

/// The route of health.
struct HealthRoutes: Sendable {
    let health: @Sendable () async -> CollectorHealth

    /// Adds it to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        router.group("/api").add(middleware: access.reading).get("health") { request, _ in
            _ = try QueryReader(request.query, allowed: [])
            return Response.json(await health().body)
        }
    }
}
