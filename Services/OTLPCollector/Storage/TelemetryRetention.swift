// Deletes telemetry that is too old or too much.

import ArgusStorage
import Logging
import Metrics
import ServiceLifecycle

/// Keeps what is stored within an age and a size.
///
/// It deletes in small transactions and rests after each at least as long as it took, so a writer never waits long.
/// Every instance may run it: transactions exclude each other.
struct TelemetryRetention: Service, CustomStringConvertible {
    private static let shortestRest: Duration = .milliseconds(10)

    private let store: TelemetryStore
    private let age: Duration
    private let bytes: Int64?
    private let interval: Duration
    private let logger: Logger
    private let deletedSpans = Counter(label: StorageMetricNames.deletedItems, dimensions: [("signal", "traces")])
    private let deletedLogs = Counter(label: StorageMetricNames.deletedItems, dimensions: [("signal", "logs")])

    /// - Parameters:
    ///   - age: of segments since they were received, and of rollups.
    ///   - bytes: that segments with all that belongs to them may take, by estimate; nil is without limit. What deleting frees is used
    ///     again, but not given back to the system before the database is vacuumed.
    ///   - interval: between looks at what there is.
    init(store: TelemetryStore, age: Duration, bytes: Int64?, interval: Duration = .seconds(15), logger: Logger) {
        self.store = store
        self.age = age
        self.bytes = bytes
        self.interval = interval
        self.logger = logger
    }

    /// What logs call it.
    var description: String { "telemetry retention" }

    /// Deletes until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await deleteAll()
                } catch {
                    if !Task.isCancelled { logger.warning("deleting old telemetry failed", metadata: ["error": "\(error)"]) }
                }
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// Deletes until there is nothing more to delete.
    func deleteAll() async throws {
        while try await deleteSome().segments > 0 {}
        try await deleteRollups()
        while try await dropIndex() {}
    }

    /// Deletes one small transaction's worth of segments.
    func deleteSome() async throws -> RetentionResult {
        let now = store.now()
        let transaction = RetentionTransaction(cutoff: now - age.wholeMilliseconds, limit: bytes, now: now)
        // Asked for outside first: usually there is nothing to do, and nobody should wait for that.
        guard try await store.database.read({ try transaction.isNeeded($0) }) else { return RetentionResult() }
        let result = try await unhurried { try await store.database.write { try transaction.run($0) } }
        deletedSpans.increment(by: result.spans)
        deletedLogs.increment(by: result.logs)
        return result
    }

    /// Deletes rollups whose time is over, and services not seen since.
    func deleteRollups() async throws {
        let cutoff = (store.now() - age.wholeMilliseconds) / 1000
        for table in ["span_rollups", "edge_rollups", "trace_rollups", "log_rollups"] {
            for step in RollupStep.allCases {
                let end = [.integer(step.rawValue), .integer(cutoff - step.rawValue)] as [SQLValue]
                let isNeeded = try await store.database.read { connection in
                    try connection.first("SELECT 1 FROM \(table) WHERE step = ? AND bucket <= ? LIMIT 1", end) { _ in } != nil
                }
                guard isNeeded else { continue }
                try await unhurried {
                    try await store.database.write { connection in
                        _ = try TelemetrySequence.take(connection)
                        try connection.execute("DELETE FROM \(table) WHERE step = ? AND bucket <= ?", end)
                    }
                }
            }
        }
        _ = try await store.database.write { connection in
            _ = try TelemetrySequence.take(connection)
            return try connection.execute("DELETE FROM telemetry_services WHERE last_seen < ?", [.integer(cutoff)])
        }
    }

    /// Drops a table of the text index that nobody uses any more; false if there is none.
    private func dropIndex() async throws -> Bool {
        let now = store.now()
        guard try await store.database.read({ try TextGenerations.hasDroppable(now: now, $0) }) else { return false }
        // Without the sequence, as dropping may have to wait for somebody who still reads, and writers should not wait with it.
        return try await unhurried { try await store.database.write { try TextGenerations.dropOne(now: now, $0) } }
    }

    /// Rests afterwards as long as it took.
    private func unhurried<T: Sendable>(_ work: () async throws -> T) async throws -> T {
        let start = ContinuousClock.now
        let value = try await work()
        try await Task.sleep(for: max(.now - start, Self.shortestRest))
        return value
    }
}
