// Runs and steps as they are stored.

import ArgusOTLP
import ArgusStorage

/// A row of `runs`.
struct RunRow: Sendable {
    static let columns = [
        "id", "client", "workflow", "run", "trigger_type", "trigger_source", "started_at", "started_event", "restarted_at",
        "restarted_event", "ended_at", "ended_event", "end_status", "error", "reported_duration", "reported_nodes", "reported_succeeded",
        "reported_failed", "reported_skipped", "nodes", "nodes_succeeded", "nodes_failed", "nodes_skipped", "first_event_at",
        "last_event_at", "last_seen", "lost_seen", "exported", "due", "changed_at",
    ]
    /// Columns that are derived from the others, for lists and conditions.
    private static let derived = ["trace_id", "status", "began_at", "duration_ms"]

    var id: Int64
    var facts: RunFacts
    var nodes: Int64 = 0
    var succeeded: Int64 = 0
    var failed: Int64 = 0
    var skipped: Int64 = 0
    /// The end that was published last; empty if none was.
    var exported = ""
    /// Whether an end waits to be published.
    var isDue = false
    /// Unix milliseconds by our clock.
    var changedAt: Int64 = 0

    init(id: Int64, facts: RunFacts) {
        self.id = id
        self.facts = facts
    }

    init(_ row: SQLRow) throws {
        func moment(_ column: Int) throws -> RunMoment? {
            guard let time = try row.optionalInteger(column) else { return nil }
            return RunMoment(time: time, event: try row.text(column + 1))
        }
        id = try row.integer(0)
        let identity = RunIdentity(client: try row.text(1), workflow: try row.text(2), run: try row.text(3))
        facts = RunFacts(
            identity: identity, firstEvent: try row.integer(23), lastEvent: try row.integer(24), lastSeen: try row.integer(25))
        facts.trigger = try row.optionalText(4)
        facts.triggerSource = try row.optionalText(5)
        facts.started = try moment(6)
        facts.restarted = try moment(8)
        facts.ended = try moment(10)
        if let status = try row.optionalText(12) {
            var end = RunEvent.RunEnd(
                status: RunStatus(rawValue: status) ?? .failed, error: try row.optionalText(13), duration: try row.optionalInteger(14))
            end.nodes = try row.integer(15)
            end.succeeded = try row.integer(16)
            end.failed = try row.integer(17)
            end.skipped = try row.integer(18)
            facts.end = end
        }
        facts.lostSeen = try row.optionalInteger(26)
        nodes = try row.integer(19)
        succeeded = try row.integer(20)
        failed = try row.integer(21)
        skipped = try row.integer(22)
        exported = try row.text(27)
        isDue = try row.bool(28)
        changedAt = try row.integer(29)
    }

    /// Notes when it changed, and whether its end is still to be published.
    mutating func changed(at now: Int64) {
        changedAt = now
        isDue = facts.finish.map { $0 != exported } ?? false
    }

    func save(_ connection: any SQLConnection) throws {
        let columns = Self.columns + Self.derived
        try connection.insert(
            into: "runs", columns: columns, rows: [values],
            conflict: .update(on: ["id"], set: columns.filter { !["id", "client", "workflow", "run", "trace_id"].contains($0) }))
    }

    private var values: [SQLValue] {
        let end = facts.end
        let stored: [SQLValue] = [
            .integer(id), .text(facts.identity.client), .text(facts.identity.workflow), .text(facts.identity.run),
            .text(orNull: facts.trigger), .text(orNull: facts.triggerSource),
            .integer(orNull: facts.started?.time), .text(orNull: facts.started?.event),
            .integer(orNull: facts.restarted?.time), .text(orNull: facts.restarted?.event),
            .integer(orNull: facts.ended?.time), .text(orNull: facts.ended?.event),
            .text(orNull: end?.status.rawValue), .text(orNull: end?.error), .integer(orNull: end?.duration),
        ]
        let counts = [end?.nodes, end?.succeeded, end?.failed, end?.skipped, nodes, succeeded, failed, skipped]
        return stored + counts.map { .integer($0 ?? 0) } + [
            .integer(facts.firstEvent), .integer(facts.lastEvent), .integer(facts.lastSeen), .integer(orNull: facts.lostSeen),
            .text(exported), .integer(isDue ? 1 : 0), .integer(changedAt),
            .blob(facts.identity.traceID.bytes), .text(facts.status.rawValue), .integer(facts.began), .integer(orNull: facts.duration),
        ]
    }
}

/// A row of `run_steps`.
struct StepRow: Sendable {
    static let columns = [
        "run_ref", "node", "attempt", "plugin_type", "typed_at", "typed_event", "status", "error", "started_at", "started_event",
        "ended_at", "ended_event", "reported_duration", "exported", "due", "changed_at",
    ]

    var run: Int64
    var facts: StepFacts
    var isExported = false
    /// Whether it ended and its span waits to be published.
    var isDue = false
    var changedAt: Int64 = 0

    init(run: Int64, facts: StepFacts) {
        self.run = run
        self.facts = facts
    }

    init(_ row: SQLRow) throws {
        func moment(_ column: Int) throws -> RunMoment? {
            guard let time = try row.optionalInteger(column) else { return nil }
            return RunMoment(time: time, event: try row.text(column + 1))
        }
        run = try row.integer(0)
        facts = StepFacts(node: try row.text(1), attempt: try row.integer(2))
        facts.pluginType = try row.optionalText(3)
        facts.typed = try moment(4)
        facts.started = try moment(8)
        facts.ended = try moment(10)
        if facts.ended != nil {
            facts.end = RunEvent.StepEnd(
                status: try row.text(6), error: try row.optionalText(7), duration: try row.optionalInteger(12))
        }
        isExported = try row.bool(13)
        isDue = try row.bool(14)
        changedAt = try row.integer(15)
    }

    mutating func changed(at now: Int64) {
        changedAt = now
        isDue = facts.ended != nil && !isExported
    }

    func save(of identity: RunIdentity, _ connection: any SQLConnection) throws {
        let columns = Self.columns + ["span_id"]
        let values: [SQLValue] = [
            .integer(run), .text(facts.node), .integer(facts.attempt), .text(orNull: facts.pluginType),
            .integer(orNull: facts.typed?.time), .text(orNull: facts.typed?.event), .text(facts.status), .text(orNull: facts.end?.error),
            .integer(orNull: facts.started?.time), .text(orNull: facts.started?.event), .integer(orNull: facts.ended?.time),
            .text(orNull: facts.ended?.event), .integer(orNull: facts.end?.duration), .integer(isExported ? 1 : 0),
            .integer(isDue ? 1 : 0), .integer(changedAt),
            .blob(identity.spanID(node: facts.node, attempt: facts.attempt).bytes),
        ]
        try connection.insert(
            into: "run_steps", columns: columns, rows: [values],
            conflict: .update(
                on: ["run_ref", "node", "attempt"], set: columns.filter { !["run_ref", "node", "attempt", "span_id"].contains($0) }))
    }
}
