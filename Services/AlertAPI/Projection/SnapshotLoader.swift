// Brings the alerts of one partition to the state of its newest snapshot.

import ArgusBus
import ArgusShared
import ArgusStorage
import Logging

/// Loads snapshots into the database. Every step may be repeated.
struct SnapshotLoader: Sendable {
    private static let alertsPerTransaction = 1_000

    let bus: Bus
    let database: any Database
    let partitions: Int
    let logger: Logger

    /// A snapshot cannot be used.
    struct Damaged: Error, CustomStringConvertible {
        let description: String
    }

    /// Loads the newest snapshot of a partition, resolves what it does not know any more, and moves the partition's position.
    func load(_ partition: Int) async throws {
        let subject = Subjects.snapshotManifest(partition: partition)
        guard let message = try await bus.lastMessage(stream: Streams.snapshots.name, subject: subject) else {
            logger.warning("there is no snapshot of a partition", metadata: ["partition": "\(partition)"])
            return
        }
        guard message.headers[HeaderName.schema] == Schema.current else {
            throw Damaged(
                description: "the snapshot of partition \(partition) has the unknown schema \"\(message.headers[HeaderName.schema] ?? "")\""
            )
        }
        let manifest = try SnapshotManifest(message.payload)
        let position = try await database.read { try CommitWriter.positions($0)[Int64(partition)] ?? 0 }
        guard position < manifest.commitSequence else { return }
        var live: Set<String> = []
        for (index, description) in manifest.chunks.enumerated() {
            let subject = Subjects.snapshotChunk(partition: partition, snapshot: manifest.id, index: index)
            guard let chunk = try await bus.lastMessage(stream: Streams.snapshots.name, subject: subject),
                SnapshotManifest.Chunk(of: chunk.payload) == description
            else {
                throw Damaged(description: "chunk \(index) of the snapshot of partition \(partition) is missing or damaged")
            }
            let alerts = try SnapshotChunk.decode(chunk.payload)
            live.formUnion(alerts.lazy.filter { $0.status == .active }.map(\.id))
            try await store(alerts)
        }
        try await resolveForgotten(partition, except: live, at: manifest.clock)
        try await database.write { connection in
            _ = try CommitWriter.lockPositions(connection)
            try CommitWriter.setPosition(Int64(partition), to: manifest.commitSequence, connection)
        }
        logger.notice(
            "a snapshot was loaded", metadata: ["partition": "\(partition)", "alerts": "\(manifest.alerts)", "snapshot": "\(manifest.id)"])
    }

    private func store(_ alerts: [Alert]) async throws {
        for start in stride(from: 0, to: alerts.count, by: Self.alertsPerTransaction) {
            let part = alerts[start..<min(start + Self.alertsPerTransaction, alerts.count)]
            try await database.write { connection in
                _ = try CommitWriter.lockPositions(connection)
                try CommitWriter.write(CommitBatch(alerts: part), to: connection)
            }
        }
    }

    /// Alerts that are active in the database but not in the snapshot were resolved by commits that nobody can read any more.
    private func resolveForgotten(_ partition: Int, except live: Set<String>, at clock: Timestamp) async throws {
        var after = ""
        while true {
            let page = try await database.read { [after] connection in
                try connection.query(
                    "SELECT id, event_manager_id FROM alerts WHERE facet >= 6 AND id > ? ORDER BY id LIMIT ?",
                    [.text(after), .integer(Int64(Self.alertsPerTransaction))]
                ) { (id: try $0.text(0), managerID: try $0.text(1)) }
            }
            guard let last = page.last else { return }
            after = last.id
            let forgotten = page.filter { alert in
                Partitioning.partition(ofManager: alert.managerID, count: partitions) == partition && !live.contains(alert.id)
            }.map(\.id)
            guard !forgotten.isEmpty else { continue }
            try await database.write { connection in
                _ = try CommitWriter.lockPositions(connection)
                let changes = try AlertQueries.alerts(withIDs: forgotten, connection).map { Self.resolved($0, at: clock) }
                try CommitWriter.write(CommitBatch(changes: changes), to: connection)
            }
        }
    }

    private static func resolved(_ alert: Alert, at clock: Timestamp) -> AlertChange {
        var copy = alert
        let time = max(clock, alert.updatedAt)
        copy.status = .resolved
        copy.resolvedAt = time
        copy.updatedAt = time
        copy.activeChildCount = 0
        copy.resolveRequested = false
        copy.version += 1
        let transition = Transition(
            .resolved, at: time, eventID: "", note: "resolved while the commit log was not read; the time is not known")
        return AlertChange(alert: copy, hasPayload: false, transitions: [transition])
    }
}
