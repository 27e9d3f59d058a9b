// Applies commits to the tables, once each, whoever else applies them too.

import ArgusShared
import ArgusStorage

/// The SQL of the projection. Every function runs inside a write transaction.
enum CommitWriter {
    /// The row of `alert_positions` that says up to where the whole log is applied.
    static let wholeLog: Int64 = -1

    /// What a transaction did.
    struct Outcome: Sendable {
        /// Commits that this transaction applied; the others had been applied before.
        var applied = 0
        var alerts = 0
        /// Up to where the whole log is applied now.
        var position: UInt64 = 0
    }

    /// Applies those of `commits` that no transaction has applied yet and moves the positions.
    ///
    /// - Parameter notified: The sequence of the newest notification of an alert, by alert.
    static func apply(_ commits: [SequencedCommit], notified: [String: UInt64], to connection: any SQLConnection) throws -> Outcome {
        let positions = try lockPositions(connection)
        let whole = positions[wholeLog] ?? 0
        let fresh = commits.filter { $0.sequence > whole && $0.sequence > positions[Int64($0.commit.partition)] ?? 0 }
        let batch = CommitBatch(fresh)
        try write(batch, notified: notified, to: connection)
        var outcome = Outcome(applied: fresh.count, alerts: batch.entries.count, position: whole)
        for (partition, sequence) in batch.positions.sorted(by: { $0.key < $1.key }) {
            try setPosition(Int64(partition), to: sequence, connection)
        }
        if let last = commits.last?.sequence, last > whole {
            try setPosition(wholeLog, to: last, connection)
            outcome.position = last
        }
        return outcome
    }

    /// Reads all positions and keeps other writers out until the transaction ends.
    static func lockPositions(_ connection: any SQLConnection) throws -> [Int64: UInt64] {
        // An update locks the row in both systems; a plain SELECT ... FOR UPDATE would do only in one.
        try connection.execute("UPDATE alert_positions SET sequence = sequence WHERE part = ?", [.integer(wholeLog)])
        return try positions(connection)
    }

    /// The positions: by partition, and under `wholeLog` that of the whole log.
    static func positions(_ connection: any SQLConnection) throws -> [Int64: UInt64] {
        let rows = try connection.query("SELECT part, sequence FROM alert_positions") { row in
            (try row.integer(0), UInt64(clamping: try row.integer(1)))
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    /// Moves a position forward, never back.
    static func setPosition(_ part: Int64, to sequence: UInt64, _ connection: any SQLConnection) throws {
        try connection.insert(
            into: "alert_positions", columns: ["part", "sequence"], rows: [[.integer(part), .integer(Int64(clamping: sequence))]],
            conflict: .update(on: ["part"], set: ["sequence"], where: "excluded.sequence > alert_positions.sequence"))
    }

    /// Forgets all positions: the commit log is another one than before.
    static func resetPositions(_ connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM alert_positions WHERE part <> ?", [.integer(wholeLog)])
        try connection.execute("UPDATE alert_positions SET sequence = 0 WHERE part = ?", [.integer(wholeLog)])
    }

    /// Writes alerts, payloads, timeline and counts.
    static func write(_ batch: CommitBatch, notified: [String: UInt64] = [:], to connection: any SQLConnection) throws {
        guard !batch.entries.isEmpty else { return }
        let before = try states(of: batch.entries.lazy.filter { !$0.isNew }.map(\.alert.id), connection)
        var counts = AlertCounts()
        var moving: [[SQLValue]] = []
        var staying: [[SQLValue]] = []
        var payloads: [[SQLValue]] = []
        for entry in batch.entries {
            let alert = entry.alert
            let old = before[alert.id]
            if let old, old.version >= alert.version { continue }
            if let old { counts.count(managerID: alert.managerID, facet: old.facet, class: old.class, by: -1) }
            counts.count(managerID: alert.managerID, facet: AlertFacet(of: alert), class: alert.class, by: 1)
            let row = AlertRow.values(of: alert, notifiedSequence: notified[alert.id])
            if let old, old.isPlaced(like: alert) { staying.append(row) } else { moving.append(row) }
            if let payload = entry.payload, old != nil || payload.details != nil || payload.links != nil {
                payloads.append([.text(alert.id), .text(orNull: payload.details?.string), .text(orNull: payload.links?.string)])
            }
        }
        for (rows, moves) in [(moving, true), (staying, false)] where !rows.isEmpty {
            try connection.insert(into: "alerts", columns: AlertRow.columns, rows: rows, conflict: AlertRow.conflict(moves: moves))
        }
        if !payloads.isEmpty {
            try connection.insert(
                into: "alert_payloads", columns: ["alert_id", "details", "links"], rows: payloads,
                conflict: .update(on: ["alert_id"], set: ["details", "links"]))
        }
        try writeTimeline(batch.timeline, to: connection)
        try counts.apply(to: connection)
    }

    private static func writeTimeline(_ timeline: [CommitBatch.TimelineEntry], to connection: any SQLConnection) throws {
        guard !timeline.isEmpty else { return }
        let rows = timeline.map { entry -> [SQLValue] in
            let transition = entry.transition
            return [
                .text(entry.alertID), .integer(entry.version), .integer(Int64(entry.position)), .text(transition.kind.rawValue),
                .integer(transition.at.milliseconds), .text(transition.eventID), .text(orNull: transition.causedBy),
                .text(orNull: transition.note),
            ]
        }
        try connection.insert(
            into: "alert_transitions", columns: ["alert_id", "version", "position", "kind", "at", "event_id", "caused_by", "note"],
            rows: rows, conflict: .ignore(on: ["alert_id", "version", "position"]))
    }

    private struct State {
        let version: Int64
        let facet: AlertFacet
        let `class`: String?
        let parentID: String?

        func isPlaced(like alert: Alert) -> Bool {
            facet == AlertFacet(of: alert) && `class` == alert.class && parentID == alert.parentID
        }
    }

    private static func states(of ids: some Sequence<String>, _ connection: any SQLConnection) throws -> [String: State] {
        var states: [String: State] = [:]
        try forEachChunk(of: Array(ids), size: 100) { placeholders, parameters in
            let found = try connection.query(
                "SELECT id, version, facet, class, parent_id FROM alerts WHERE id IN (\(placeholders))", parameters
            ) { row in
                let state = State(
                    version: try row.integer(1), facet: AlertFacet(rawValue: try row.integer(2)), class: try row.optionalText(3),
                    parentID: try row.optionalText(4))
                return (try row.text(0), state)
            }
            for (id, state) in found { states[id] = state }
        }
        return states
    }

    /// Calls `body` with full lists of placeholders only (the last value repeated), so that one prepared statement serves all.
    static func forEachChunk(of ids: [String], size: Int, _ body: (String, [SQLValue]) throws -> Void) throws {
        let placeholders = Array(repeating: "?", count: size).joined(separator: ",")
        var start = 0
        while start < ids.count {
            let end = min(start + size, ids.count)
            var parameters = ids[start..<end].map { SQLValue.text($0) }
            while parameters.count < size { parameters.append(parameters[0]) }
            try body(placeholders, parameters)
            start = end
        }
    }
}
