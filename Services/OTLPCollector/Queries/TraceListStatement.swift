// The SQL of a list of traces that needs nothing but their summaries.

import ArgusStorage

/// Builds the statements of one list. Only placeholders carry what users wrote.
struct TraceListStatement {
    let query: TraceQuery
    private let maximum: Int

    /// - Parameter considering: The most traces that are looked at.
    init(_ query: TraceQuery, considering maximum: Int) {
        self.query = query
        self.maximum = maximum
    }

    /// The statement that finds number and rank of the traces of a page and of one more.
    var page: (sql: String, parameters: [SQLValue]) {
        let direction = query.sort.isDescending ? "DESC" : "ASC"
        var (inner, parameters) = considered("id, start_ns, end_ns, spans, errors", limit: "LIMIT \(maximum)")
        var conditions: [String] = []
        if let minimum = query.minimumDuration {
            conditions.append("end_ns - start_ns >= ?")
            parameters.append(.integer(minimum))
        }
        if let maximum = query.maximumDuration {
            conditions.append("end_ns - start_ns <= ?")
            parameters.append(.integer(maximum))
        }
        if query.sort.key != .start, let cursor = query.cursor {
            conditions.append("(\(rank), id) \(query.sort.isDescending ? "<" : ">") (?, ?)")
            parameters += [.integer(cursor.rank), .integer(cursor.id)]
        }
        let condition = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
        if query.sort.key == .start, conditions.isEmpty {
            (inner, parameters) = considered("id, start_ns", limit: "LIMIT ?")
            return (inner, parameters + [.integer(Int64(query.limit + 1))])
        }
        let sql = "SELECT id, \(rank) AS k FROM (\(inner)) AS considered\(condition) ORDER BY k \(direction), id \(direction) LIMIT ?"
        return (sql, parameters + [.integer(Int64(query.limit + 1))])
    }

    /// The statement that finds the last trace that `page` looks at; nil where it stops by itself.
    var bound: (sql: String, parameters: [SQLValue])? {
        guard query.sort.key != .start || query.minimumDuration != nil || query.maximumDuration != nil else { return nil }
        return considered("id, start_ns", limit: "LIMIT 1 OFFSET \(maximum - 1)")
    }

    /// Traces of the range in the order of their start, beginning after the cursor.
    private func considered(_ columns: String, limit: String) -> (sql: String, parameters: [SQLValue]) {
        var conditions = ["start_ns >= ?", "start_ns < ?"]
        var parameters: [SQLValue] = [.integer(query.range.start), .integer(query.range.end)]
        switch query.status {
        case .error: conditions.append("errors > 0")
        case .ok: conditions.append("errors = 0")
        case nil: break
        }
        let isDescending = query.sort.key != .start || query.sort.isDescending
        if query.sort.key == .start, let cursor = query.cursor {
            conditions.append("(start_ns, id) \(isDescending ? "<" : ">") (?, ?)")
            parameters += [.integer(cursor.rank), .integer(cursor.id)]
        }
        let direction = isDescending ? "DESC" : "ASC"
        let sql =
            "SELECT \(columns) FROM traces WHERE \(conditions.joined(separator: " AND ")) "
            + "ORDER BY start_ns \(direction), id \(direction) \(limit)"
        return (sql, parameters)
    }

    private var rank: String {
        switch query.sort.key {
        case .start: "start_ns"
        case .duration: "end_ns - start_ns"
        case .spans: "spans"
        case .errors: "errors"
        }
    }
}

extension TraceQuery {
    /// The number that a trace is sorted by.
    func rank(start: Int64, end: Int64, spans: Int64, errors: Int64) -> Int64 {
        switch sort.key {
        case .start: start
        case .duration: end - start
        case .spans: spans
        case .errors: errors
        }
    }
}
