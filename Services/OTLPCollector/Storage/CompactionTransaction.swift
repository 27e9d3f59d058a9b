// Moves some rows of rollups into coarser ones.

import ArgusStorage

/// One small transaction of compaction, which must have taken the sequence.
struct CompactionTransaction {
    private static let rowsPerTable = 1000

    let step: RollupStep
    let coarser: RollupStep
    /// Buckets before it are moved; a border of the coarser buckets.
    let end: Int64

    /// Whether there is anything to move.
    func isNeeded(_ connection: any SQLConnection) throws -> Bool {
        for table in ["span_rollups", "edge_rollups", "trace_rollups", "log_rollups"] {
            let bucket = try connection.first(
                "SELECT bucket FROM \(table) WHERE step = ? AND bucket < ? LIMIT 1", [.integer(step.rawValue), .integer(end)]
            ) { try $0.integer(0) }
            if bucket != nil { return true }
        }
        return false
    }

    /// Moves the oldest rows; false if there were none.
    func run(_ connection: any SQLConnection) throws -> Bool {
        var moved = 0
        for table in RollupTable.allCases { moved += try move(table, connection) }
        moved += try moveTraces(connection)
        moved += try moveLogs(connection)
        return moved > 0
    }

    private func move(_ table: RollupTable, _ connection: any SQLConnection) throws -> Int {
        var sums: [RollupKey: RollupDelta.Totals] = [:]
        let last = try oldest(of: table.name, key: Array(table.key.dropFirst()), values: table.values, connection) { row in
            let key = RollupKey(stored: coarser.bucket(of: try row.integer(0)), try row.text(1), try row.text(2))
            try sums[key, default: .init()].merge(row, from: 3)
        }
        try RollupWriter(connection).add(sums, to: table, step: coarser.rawValue)
        return last
    }

    private func moveTraces(_ connection: any SQLConnection) throws -> Int {
        var sums: [Int64: Int64] = [:]
        let count = try oldest(of: "trace_rollups", key: ["bucket"], values: ["traces"], connection) { row in
            sums[coarser.bucket(of: try row.integer(0)), default: 0] += try row.integer(1)
        }
        try RollupWriter(connection).addTraces(sums, step: coarser.rawValue)
        return count
    }

    private func moveLogs(_ connection: any SQLConnection) throws -> Int {
        var sums: [RollupKey: [Int64: Int64]] = [:]
        let count = try oldest(of: "log_rollups", key: ["bucket", "service", "severity"], values: ["logs"], connection) { row in
            let key = RollupKey(stored: coarser.bucket(of: try row.integer(0)), try row.text(1), "")
            sums[key, default: [:]][try row.integer(2), default: 0] += try row.integer(3)
        }
        let rows = sums.flatMap { key, severities in severities.map { (key: key, severity: $0.key, count: $0.value) } }
        try RollupWriter(connection).addLogs(rows, step: coarser.rawValue)
        return count
    }

    /// Reads the oldest rows in the order of their primary key, and deletes them; how many.
    private func oldest(
        of table: String, key: [String], values: [String], _ connection: any SQLConnection, _ body: (SQLRow) throws -> Void
    ) throws -> Int {
        let names = key.joined(separator: ", ")
        var count = 0
        let lasts = try connection.query(
            "SELECT \((key + values).joined(separator: ", ")) FROM \(table) WHERE step = ? AND bucket < ? ORDER BY step, \(names) "
                + "LIMIT \(Self.rowsPerTable)", [.integer(step.rawValue), .integer(end)]
        ) { row in
            try body(row)
            count += 1
            return count < Self.rowsPerTable ? [] : try key.indices.map { try row.value($0) }
        }
        guard let last = lasts.last else { return 0 }
        if last.isEmpty {
            try connection.execute(
                "DELETE FROM \(table) WHERE step = ? AND bucket < ?", [.integer(step.rawValue), .integer(end)])
        } else {
            let marks = Array(repeating: "?", count: key.count).joined(separator: ", ")
            try connection.execute(
                "DELETE FROM \(table) WHERE step = ? AND (\(names)) <= (\(marks))", [.integer(step.rawValue)] + last)
        }
        return count
    }
}
