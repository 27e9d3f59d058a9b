// Deletes resolved alerts that nobody needs any more.

import ArgusService
import ArgusShared
import ArgusStorage
import Logging
import ServiceLifecycle

/// Deletes alerts that were resolved and have not changed for the retention time, a few at a time.
struct Retention: Service, CustomStringConvertible {
    private static let interval: Duration = .seconds(300)
    private static let pause: Duration = .milliseconds(50)
    private static let alertsPerTransaction = 500

    private let database: any Database
    private let retention: Duration
    private let deleted: MetricCounter
    private let logger: Logger

    init(database: any Database, retention: Duration, metrics: MetricsRegistry, logger: Logger) {
        self.database = database
        self.retention = retention
        self.logger = logger
        deleted = metrics.counter(MetricNames.retentionDeleted, help: "Resolved alerts deleted after the retention time.")
    }

    /// What logs call it.
    var description: String { "retention" }

    /// Deletes until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var pause = Self.interval
                do {
                    let cutoff = Timestamp.now().adding(milliseconds: -retention.components.seconds * 1000)
                    let count = try await deleteSome(before: cutoff)
                    deleted.increment(by: count)
                    if count > 0 { pause = Self.pause }
                } catch {
                    if !Task.isCancelled { logger.warning("deleting old alerts failed", metadata: [LogKey.error: "\(error)"]) }
                }
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// Deletes at most one transaction's worth; how many.
    func deleteSome(before cutoff: Timestamp) async throws -> Int {
        // Looked up outside the transaction first: usually there is nothing to do, and nobody should wait for that.
        guard try await database.read({ try Self.find(before: cutoff, limit: 1, $0) }).isEmpty == false else { return 0 }
        return try await database.write { connection in
            _ = try CommitWriter.lockPositions(connection)
            let old = try Self.find(before: cutoff, limit: Self.alertsPerTransaction, connection)
            var counts = AlertCounts()
            for alert in old { counts.count(managerID: alert.managerID, facet: alert.facet, class: alert.class, by: -1) }
            try CommitWriter.forEachChunk(of: old.map(\.id), size: 100) { placeholders, parameters in
                try connection.execute("DELETE FROM alert_transitions WHERE alert_id IN (\(placeholders))", parameters)
                try connection.execute("DELETE FROM alert_payloads WHERE alert_id IN (\(placeholders))", parameters)
                try connection.execute("DELETE FROM alerts WHERE id IN (\(placeholders))", parameters)
            }
            try counts.apply(to: connection)
            return old.count
        }
    }

    private struct Old: Sendable {
        let id: String
        let managerID: String
        let facet: AlertFacet
        let `class`: String?
    }

    private static func find(before cutoff: Timestamp, limit: Int, _ connection: any SQLConnection) throws -> [Old] {
        var found: [Old] = []
        for facet in AlertFacet.all where facet.status == .resolved && found.count < limit {
            found += try connection.query(
                "SELECT id, event_manager_id, class FROM alerts WHERE facet = ? AND updated_at < ? ORDER BY updated_at LIMIT ?",
                [.integer(facet.rawValue), .integer(cutoff.milliseconds), .integer(Int64(limit - found.count))]
            ) { Old(id: try $0.text(0), managerID: try $0.text(1), facet: facet, class: try $0.optionalText(2)) }
        }
        return found
    }
}
