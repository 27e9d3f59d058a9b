// Finds out where the projection goes on, and rebuilds the database where the commit log does not reach back far enough.

import ArgusBus
import ArgusService
import ArgusShared
import ArgusStorage
import Logging

/// What comes before the replay of the commit log.
struct ProjectionStart: Sendable {
    let bus: Bus
    let database: any Database
    let partitions: Int
    let rebuilds: MetricCounter
    let logger: Logger

    /// Makes the database ready for the replay and returns the sequence after which it begins.
    func prepare() async throws -> UInt64 {
        let log = try await bus.streamInfo(Streams.alerts.name)
        let positions = try await database.read { try CommitWriter.positions($0) }
        let position = positions[CommitWriter.wholeLog] ?? 0
        if position > log.lastSequence {
            logger.warning(
                "the commit log is another one than before: its beginning is read again",
                metadata: [LogKey.sequence: "\(position)", LogKey.stream: "\(Streams.alerts.name)"])
            try await database.write { try CommitWriter.resetPositions($0) }
            return try await prepare()
        }
        // An empty log that was never written to begins with 0 or 1.
        guard log.firstSequence > position + 1 else { return position }
        logger.notice(
            "commits are missing that the log does not keep any more: rebuilding from snapshots",
            metadata: [LogKey.sequence: "\(position)", "first": "\(log.firstSequence)"])
        rebuilds.increment()
        return try await rebuild(firstSequence: log.firstSequence)
    }

    /// Loads the newest snapshot of every partition.
    private func rebuild(firstSequence: UInt64) async throws -> UInt64 {
        let loader = SnapshotLoader(bus: bus, database: database, partitions: partitions, logger: logger)
        for partition in 0..<partitions {
            try await loader.load(partition)
        }
        // Commits before the snapshots are skipped by each partition's own position.
        let start = firstSequence - 1
        try await database.write { connection in
            _ = try CommitWriter.lockPositions(connection)
            try CommitWriter.setPosition(CommitWriter.wholeLog, to: start, connection)
        }
        return start
    }
}
