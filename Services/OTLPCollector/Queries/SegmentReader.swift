// Reads stored segments: which there are for a question, and their bodies.

import ArgusStorage

/// A segment's row.
struct SegmentRow: Sendable, Hashable {
    static let spans: Int64 = 0
    static let logs: Int64 = 1

    var id: Int64
    /// Nanoseconds.
    var minimumTime: Int64
    var maximumTime: Int64
}

/// The statements about segments.
enum SegmentReader {
    /// Segments with items in a range that may hold all of some words, in the order of their newest or oldest time.
    static func segments(
        _ signal: Int64, in range: TimeRange, terms: TextQuestion, order: LogScan.Direction = .newestFirst, limit: Int,
        _ connection: any SQLConnection
    ) throws -> [SegmentRow] {
        var condition = ""
        // SQLite, which has no statistics, is told by a `+` to begin with the words, where there are some, and not with the time.
        var plus = ""
        var parameters: [SQLValue] = [.integer(signal), .integer(range.start), .integer(range.end)]
        if let question = terms.parameter(connection.dialect) {
            let indexes = try TextGenerations.indexes(connection)
            let lookups = indexes.map { index in
                "SELECT \(index.documentColumn(connection.dialect)) FROM \(index.name) WHERE \(index.condition(connection.dialect))"
            }
            guard !lookups.isEmpty else { return [] }
            plus = connection.dialect.driver == .sqlite ? "+" : ""
            condition = " AND id IN (\(lookups.joined(separator: " UNION ALL ")))"
            parameters += Array(repeating: question, count: lookups.count)
        }
        let ordering = order == .newestFirst ? "max_time DESC, id DESC" : "min_time, id"
        return try connection.query(
            "SELECT id, min_time, max_time FROM segments WHERE \(plus)signal = ? AND \(plus)max_time >= ? AND min_time < ?\(condition) "
                + "ORDER BY \(ordering) LIMIT \(limit)", parameters
        ) { SegmentRow(id: try $0.integer(0), minimumTime: try $0.integer(1), maximumTime: try $0.integer(2)) }
    }

    /// What a segment holds, encoded; nil where there is none.
    static func body(_ id: Int64, _ connection: any SQLConnection) throws -> [UInt8]? {
        try connection.first("SELECT body FROM segment_bodies WHERE segment_id = ?", [.integer(id)]) { try $0.blob(0) }
    }

    /// What a segment of a signal holds, encoded; nil where there is none.
    static func body(_ id: Int64, signal: Int64, _ connection: any SQLConnection) throws -> [UInt8]? {
        try connection.first(
            "SELECT b.body FROM segments s JOIN segment_bodies b ON b.segment_id = s.id WHERE s.id = ? AND s.signal = ?",
            [.integer(id), .integer(signal)]
        ) { try $0.blob(0) }
    }
}

extension TextQuestion {
    /// The question for segments that may have all of some terms.
    init(_ terms: [SearchTerm]) {
        self.init(terms.map { Word($0.text, isPrefix: $0.isPrefix) })
    }
}
