// Takes a batch of observations into the tables of runs.

import ArgusOTLP
import ArgusStorage

/// The transaction of one batch. Made and used inside the transaction; others wait until it ends.
struct RunTransaction {
    private struct StepKey: Hashable {
        let run: Int64
        let node: String
        let attempt: Int64
    }

    private let connection: any SQLConnection
    private let now: Int64
    private var lastRun: Int64

    /// Waits for the transaction before.
    init(now: Int64, _ connection: any SQLConnection) throws {
        self.connection = connection
        self.now = now
        let last = try connection.first("SELECT last_run FROM run_sequence WHERE id = 1" + connection.dialect.rowLock) {
            try $0.integer(0)
        }
        guard let last else { throw StorageError(.corrupted, "run_sequence has lost its row") }
        lastRun = last
    }

    /// Takes events in and returns the runs they are about; those that were taken in before change nothing.
    mutating func run(_ events: [RunEvent]) throws -> [Int64] {
        var byRun: [RunIdentity: [RunEvent]] = [:]
        var order: [RunIdentity] = []
        for event in events {
            switch event.content {
            case .published: try publish(event)
            case .lost: break
            default:
                if byRun[event.identity] == nil { order.append(event.identity) }
                byRun[event.identity, default: []].append(event)
            }
        }
        let first = lastRun
        let known = try runs(of: order)
        var touched: [Int64] = []
        for identity in order {
            guard let events = byRun[identity] else { continue }
            touched.append(try absorb(events, of: identity, known[identity]))
        }
        if lastRun > first { try connection.execute("UPDATE run_sequence SET last_run = ? WHERE id = 1", [.integer(lastRun)]) }
        return touched
    }

    private func runs(of identities: [RunIdentity]) throws -> [RunIdentity: RunRow] {
        guard !identities.isEmpty else { return [:] }
        let rows = try connection.lookUp(
            RunRow.columns, in: "runs", by: ["trace_id"], identities.map { [.blob($0.traceID.bytes)] }, RunRow.init)
        return Dictionary(rows.map { ($0.facts.identity, $0) }) { first, _ in first }
    }

    private mutating func absorb(_ events: [RunEvent], of identity: RunIdentity, _ known: RunRow?) throws -> Int64 {
        guard let first = events.first else { return 0 }
        var row: RunRow
        if let known {
            row = known
        } else {
            lastRun += 1
            row = RunRow(id: lastRun, facts: RunFacts(first))
        }
        let before = row.facts
        for event in events { row.facts.absorb(event) }
        let hasNewSteps = try absorbSteps(events, of: row)
        guard known == nil || hasNewSteps || row.facts != before else { return row.id }
        try count(&row)
        row.changed(at: now)
        try row.save(connection)
        return row.id
    }

    /// Takes the events about steps in; true if something is known now that was not.
    private func absorbSteps(_ events: [RunEvent], of run: RunRow) throws -> Bool {
        var byStep: [StepKey: [(RunEvent.Step, RunEvent.StepEnd?, RunEvent)]] = [:]
        for event in events {
            let (step, end): (RunEvent.Step, RunEvent.StepEnd?)
            switch event.content {
            case .stepStarted(let started): (step, end) = (started, nil)
            case .stepEnded(let ended, let how): (step, end) = (ended, how)
            default: continue
            }
            byStep[StepKey(run: run.id, node: step.node, attempt: step.attempt), default: []].append((step, end, event))
        }
        guard !byStep.isEmpty else { return false }
        let keys = byStep.keys.map { [.integer($0.run), .text($0.node), .integer($0.attempt)] as [SQLValue] }
        let stored = try connection.lookUp(
            StepRow.columns, in: "run_steps", by: ["run_ref", "node", "attempt"], keys, StepRow.init)
        let known = Dictionary(stored.map { (StepKey(run: $0.run, node: $0.facts.node, attempt: $0.facts.attempt), $0) }) { one, _ in one }
        var hasChanged = false
        for (key, reports) in byStep {
            var row = known[key] ?? StepRow(run: run.id, facts: StepFacts(node: key.node, attempt: key.attempt))
            let before = row.facts
            for (step, end, event) in reports { row.facts.absorb(step, end, event) }
            guard known[key] == nil || row.facts != before else { continue }
            hasChanged = true
            row.changed(at: now)
            try row.save(of: run.facts.identity, connection)
        }
        return hasChanged
    }

    /// Counts nodes by how their last attempt stands; what the end of the run says counts where it says more.
    private func count(_ row: inout RunRow) throws {
        let counts = try connection.query(
            """
            SELECT s.status, COUNT(*) FROM run_steps AS s WHERE s.run_ref = ? AND NOT EXISTS
            (SELECT 1 FROM run_steps AS later WHERE later.run_ref = s.run_ref AND later.node = s.node AND later.attempt > s.attempt)
            GROUP BY s.status
            """, [.integer(row.id)]
        ) { (status: try $0.text(0), count: try $0.integer(1)) }
        func seen(_ status: String) -> Int64 { counts.first { $0.status == status }?.count ?? 0 }
        let end = row.facts.end
        row.nodes = max(counts.reduce(0) { $0 + $1.count }, end?.nodes ?? 0)
        row.succeeded = max(seen(RunStatus.succeeded.rawValue), end?.succeeded ?? 0)
        row.failed = max(seen(RunStatus.failed.rawValue), end?.failed ?? 0)
        row.skipped = max(seen("skipped"), end?.skipped ?? 0)
    }

    private func publish(_ event: RunEvent) throws {
        guard case .published(let action, let status, let name, let version) = event.content else { return }
        let columns = ["client", "workflow", "name", "version", "action", "status", "published_at", "published_event"]
        try connection.insert(
            into: "workflows", columns: columns,
            rows: [
                [
                    .text(event.identity.client), .text(event.identity.workflow), .text(orNull: name), .text(orNull: version),
                    .text(orNull: action), .text(orNull: status), .integer(event.time), .text(event.id),
                ]
            ],
            conflict: .update(
                on: ["client", "workflow"], set: Array(columns.dropFirst(2)),
                where: "excluded.published_at > workflows.published_at OR (excluded.published_at = workflows.published_at "
                    + "AND excluded.published_event > workflows.published_event)"))
    }
}
