// Adds counts to the rollups.

import ArgusStorage

/// The statements that add to rollups, in a transaction that has taken the sequence.
struct RollupWriter {
    private let connection: any SQLConnection

    init(_ connection: any SQLConnection) {
        self.connection = connection
    }

    /// Adds what a batch counts, to the rows of ten seconds.
    func add(_ delta: RollupDelta) throws {
        var operations: [RollupKey: RollupDelta.Totals] = [:]
        for (key, totals) in delta.operations {
            operations[RollupKey(key.bucket, key.service, key.operation), default: .init()].merge(totals)
        }
        var edges: [RollupKey: RollupDelta.Totals] = [:]
        for (key, totals) in delta.edges { edges[RollupKey(key.bucket, key.caller, key.callee), default: .init()].merge(totals) }
        try add(operations, to: .operations, step: RollupDelta.step)
        try add(edges, to: .edges, step: RollupDelta.step)
        try addTraces(delta.traces, step: RollupDelta.step)
        try addLogs(
            delta.logs.map { (RollupKey($0.key.bucket, $0.key.service, ""), Int64($0.key.severity.rawValue), $0.value) },
            step: RollupDelta.step)
        try see(Array(operations.keys) + delta.logs.keys.map { RollupKey($0.bucket, $0.service, "") })
    }

    /// Adds counts with histograms.
    func add(_ counts: [RollupKey: RollupDelta.Totals], to table: RollupTable, step: Int64) throws {
        guard !counts.isEmpty else { return }
        var sums = counts
        let keys = counts.keys.map { $0.values(step: step) }
        let values = table.key.dropFirst() + table.values
        _ = try connection.lookUp(Array(values), in: table.name, by: table.key, keys) { row in
            let key = RollupKey(stored: try row.integer(0), try row.text(1), try row.text(2))
            try sums[key]?.merge(row, from: 3)
        }
        let rows = sums.map { key, totals in key.values(step: step) + totals.values }
        try connection.insert(
            into: table.name, columns: table.key + table.values, rows: rows, conflict: .update(on: table.key, set: table.values))
    }

    /// Adds traces by bucket; also less than none.
    func addTraces(_ traces: [Int64: Int64], step: Int64) throws {
        let rows = traces.filter { $0.value != 0 }.map { [.integer(step), .integer($0.key), .integer($0.value)] as [SQLValue] }
        guard !rows.isEmpty else { return }
        try connection.insert(
            into: "trace_rollups", columns: ["step", "bucket", "traces"], rows: rows,
            conflict: .update(on: ["step", "bucket"], set: [], expressions: ["traces = trace_rollups.traces + excluded.traces"]))
    }

    /// Adds logs by bucket, service and severity.
    func addLogs(_ logs: [(key: RollupKey, severity: Int64, count: Int64)], step: Int64) throws {
        guard !logs.isEmpty else { return }
        let rows = logs.map { entry in
            [.integer(step), .integer(entry.key.bucket), .text(entry.key.first), .integer(entry.severity), .integer(entry.count)]
                as [SQLValue]
        }
        try connection.insert(
            into: "log_rollups", columns: ["step", "bucket", "service", "severity", "logs"], rows: rows,
            conflict: .update(
                on: ["step", "bucket", "service", "severity"], set: [], expressions: ["logs = log_rollups.logs + excluded.logs"]))
    }

    /// Notes when services and operations were seen.
    private func see(_ keys: [RollupKey]) throws {
        var seen: [RollupKey: (first: Int64, last: Int64)] = [:]
        for key in keys {
            let range = seen[key.timeless] ?? (key.bucket, key.bucket)
            seen[key.timeless] = (min(range.first, key.bucket), max(range.last, key.bucket))
        }
        guard !seen.isEmpty else { return }
        let dialect = connection.dialect
        let rows = seen.map { key, range in
            [.text(key.first), .text(key.second), .integer(range.first), .integer(range.last)] as [SQLValue]
        }
        try connection.insert(
            into: "telemetry_services", columns: ["service", "operation", "first_seen", "last_seen"], rows: rows,
            conflict: .update(
                on: ["service", "operation"], set: [],
                expressions: [
                    "first_seen = \(dialect.least)(telemetry_services.first_seen, excluded.first_seen)",
                    "last_seen = \(dialect.greatest)(telemetry_services.last_seen, excluded.last_seen)",
                ],
                where: "telemetry_services.first_seen > excluded.first_seen OR telemetry_services.last_seen < excluded.last_seen"))
    }
}
