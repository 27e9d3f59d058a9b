// Where runs are stored, given up, and forgotten.

import ArgusStorage
import Foundation

/// Runs and their steps. Any number of instances may use the same database.
struct RunStore: Sendable {
    /// Runs and steps that are published, given up or deleted at a time.
    static let batch = 200

    let database: any Database
    /// Unix milliseconds.
    let now: @Sendable () -> Int64

    init(database: any Database, now: @Sendable @escaping () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }) {
        self.database = database
        self.now = now
    }

    /// What waits to be published.
    struct Due: Sendable {
        var runs: [RunRow] = []
        /// With the runs they belong to.
        var steps: [(step: StepRow, run: RunRow)] = []

        var isEmpty: Bool { runs.isEmpty && steps.isEmpty }
    }

    /// Takes events in, in one transaction, and returns the runs they are about. Throws `StorageError`.
    func absorb(_ events: [RunEvent]) async throws -> [Int64] {
        let time = now()
        return try await database.write { connection in
            var transaction = try RunTransaction(now: time, connection)
            return try transaction.run(events)
        }
    }

    // MARK: Publishing

    /// What of these runs has both a beginning and an end, and is not published.
    func due(of runs: [Int64]) async throws -> Due {
        guard !runs.isEmpty else { return Due() }
        return try await database.read { connection in
            let rows = try connection.lookUp(RunRow.columns, in: "runs", by: ["id"], runs.map { [.integer($0)] }, RunRow.init)
            let byID = Dictionary(rows.map { ($0.id, $0) }) { first, _ in first }
            let steps = try connection.lookUp(
                StepRow.columns, in: "run_steps", by: ["run_ref", "due"], runs.map { [.integer($0), .integer(1)] }, StepRow.init)
            return Due(
                runs: rows.filter { $0.isDue && $0.facts.started != nil },
                steps: steps.compactMap { step in
                    guard step.facts.started != nil, let run = byID[step.run] else { return nil }
                    return (step, run)
                })
        }
    }

    /// What waits since `patience` milliseconds, also without a known beginning: it did not come, or an instance died in between.
    func overdue(after patience: Int64) async throws -> Due {
        let limit = now() - patience
        return try await database.read { connection in
            let runs = try connection.query(
                "SELECT \(RunRow.columns.joined(separator: ", ")) FROM runs WHERE due = 1 AND changed_at <= ? "
                    + "ORDER BY changed_at LIMIT \(Self.batch)", [.integer(limit)], RunRow.init)
            let steps = try connection.query(
                "SELECT \(StepRow.columns.joined(separator: ", ")) FROM run_steps WHERE due = 1 AND changed_at <= ? "
                    + "ORDER BY changed_at LIMIT \(Self.batch)", [.integer(limit)], StepRow.init)
            let owners = try connection.lookUp(
                RunRow.columns, in: "runs", by: ["id"], Set(steps.map(\.run)).map { [.integer($0)] }, RunRow.init)
            let byID = Dictionary(owners.map { ($0.id, $0) }) { first, _ in first }
            return Due(runs: runs, steps: steps.compactMap { step in byID[step.run].map { (step, $0) } })
        }
    }

    /// The steps of a run, at most `limit`.
    func steps(of run: Int64, limit: Int) async throws -> [StepRow] {
        try await database.read { connection in
            try connection.query(
                "SELECT \(StepRow.columns.joined(separator: ", ")) FROM run_steps WHERE run_ref = ? ORDER BY node, attempt LIMIT \(limit)",
                [.integer(run)], StepRow.init)
        }
    }

    /// Notes that spans are on the bus. What changed in between stays due.
    func published(_ due: Due) async throws {
        guard !due.isEmpty else { return }
        let time = now()
        try await database.write { connection in
            _ = try RunTransaction(now: time, connection)
            for (step, _) in due.steps {
                try connection.execute(
                    "UPDATE run_steps SET exported = 1, due = 0 WHERE run_ref = ? AND node = ? AND attempt = ?",
                    [.integer(step.run), .text(step.facts.node), .integer(step.facts.attempt)])
            }
            for row in try connection.lookUp(RunRow.columns, in: "runs", by: ["id"], due.runs.map { [.integer($0.id)] }, RunRow.init) {
                var row = row
                row.exported = due.runs.first { $0.id == row.id }?.facts.finish ?? row.exported
                row.changed(at: row.changedAt)
                try row.save(connection)
            }
        }
    }

    // MARK: Time

    /// Gives up runs of which nothing was heard for `patience` milliseconds. Returns how many there were; there may be more.
    func giveUp(after patience: Int64) async throws -> Int {
        let time = now()
        let limit: [SQLValue] = [.integer(time - patience)]
        let condition = "status = 'running' AND last_seen < ?"
        let exists = try await database.read { connection in
            try connection.first("SELECT 1 FROM runs WHERE \(condition) LIMIT 1", limit) { _ in } != nil
        }
        guard exists else { return 0 }
        return try await database.write { connection in
            _ = try RunTransaction(now: time, connection)
            let rows = try connection.query(
                "SELECT \(RunRow.columns.joined(separator: ", ")) FROM runs WHERE \(condition) ORDER BY last_seen LIMIT \(Self.batch)",
                limit,
                RunRow.init)
            for var row in rows {
                row.facts.lostSeen = row.facts.lastSeen
                row.changed(at: time)
                try row.save(connection)
            }
            return rows.count
        }
    }

    /// Forgets runs that ended and of which nothing was heard since `age` milliseconds. Returns how many; there may be more.
    func forget(after age: Int64) async throws -> Int {
        let time = now()
        let limit: [SQLValue] = [.integer(time - age)]
        let condition = "last_seen < ? AND status <> 'running' AND due = 0"
        let old = try await database.read { connection in
            try connection.query("SELECT id FROM runs WHERE \(condition) ORDER BY last_seen LIMIT \(Self.batch)", limit) {
                try $0.integer(0)
            }
        }
        guard !old.isEmpty else { return 0 }
        return try await database.write { connection in
            _ = try RunTransaction(now: time, connection)
            var count = 0
            for run in old {
                let deleted = try connection.execute("DELETE FROM runs WHERE id = ? AND \(condition)", [.integer(run)] + limit)
                if deleted > 0 { try connection.execute("DELETE FROM run_steps WHERE run_ref = ?", [.integer(run)]) }
                count += deleted
            }
            return count
        }
    }
}
