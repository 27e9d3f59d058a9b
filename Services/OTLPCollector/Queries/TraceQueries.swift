// Answers questions about traces.

import ArgusOTLP
import ArgusStorage

/// The questions about traces. Each is one read transaction.
struct TraceQueries: Sendable {
    /// Of a longer trace, and of a trace with more logs, the first ones are answered.
    static let maximumSpans = 20_000
    static let maximumLogs = 5_000

    let database: any Database
    var limits = QueryLimits()

    /// A page of a list.
    struct Page: Sendable {
        var traces: [TraceSummary] = []
        var next: PageCursor?
        /// Not everything in the range was looked at.
        var isTruncated = false
    }

    /// A whole trace.
    struct Trace: Sendable {
        var summary: TraceSummary
        /// By start.
        var spans: [SpanRecord]
        /// By time.
        var logs: [LogRecord] = []
        var isTruncated = false
    }

    // MARK: Lists

    /// The page of a list that `query` asks for.
    func list(_ query: TraceQuery) async throws -> Page {
        try await database.read { connection in
            guard let span = query.span else { return try Self.listBySummary(query, limits, connection) }
            var search = TraceSearch(query, span, limits)
            return try search.run(connection)
        }
    }

    private static func listBySummary(_ query: TraceQuery, _ limits: QueryLimits, _ connection: any SQLConnection) throws -> Page {
        let statement = TraceListStatement(query, considering: limits.traces)
        let (sql, parameters) = statement.page
        let found = try connection.query(sql, parameters) { (id: try $0.integer(0), rank: try $0.integer(1)) }
        var page = Page(traces: try TraceSummary.read(found.prefix(query.limit).map(\.id), connection))
        if found.count > query.limit {
            let last = found[query.limit - 1]
            page.next = PageCursor(rank: last.rank, id: last.id, range: query.range)
        }
        // The last one that was looked at, if there may be more after it.
        guard let (sql, parameters) = statement.bound else { return page }
        let bound = try connection.first(sql, parameters) { (id: try $0.integer(0), start: try $0.integer(1)) }
        if let bound {
            if query.sort.key != .start {
                page.isTruncated = true
            } else if page.next == nil {
                page.isTruncated = true
                page.next = PageCursor(rank: bound.start, id: bound.id, range: query.range)
            }
        }
        return page
    }

    // MARK: One trace

    /// A trace with its spans and logs; nil where there is none.
    func trace(_ id: TraceID, withLogs: Bool = true) async throws -> Trace? {
        try await database.read { connection in
            guard var trace = try Self.trace(id, maximumSpans: Self.maximumSpans, connection) else { return nil }
            if withLogs {
                let (logs, isTruncated) = try LogQueries.logs(of: id, limit: Self.maximumLogs, limits: limits, connection)
                trace.logs = logs
                trace.isTruncated = trace.isTruncated || isTruncated
            }
            return trace
        }
    }

    /// Whole traces without their logs, in the order of `ids`; those that are gone are left out.
    ///
    /// - Parameter maximumSpans: When so many spans are read, the rest of the traces is left out.
    func traces(_ ids: [TraceID], maximumSpans: Int) async throws -> [Trace] {
        try await database.read { connection in
            var traces: [Trace] = []
            var room = maximumSpans
            for id in ids where room > 0 {
                guard let trace = try Self.trace(id, maximumSpans: min(room, Self.maximumSpans), connection) else { continue }
                room -= trace.spans.count
                traces.append(trace)
            }
            return traces
        }
    }

    private static func trace(_ id: TraceID, maximumSpans: Int, _ connection: any SQLConnection) throws -> Trace? {
        let summaries = try connection.lookUp(TraceSummary.columns, in: "traces", by: ["trace_id"], [[.blob(id.bytes)]], TraceSummary.read)
        guard let summary = summaries.first else { return nil }
        let segments = try connection.query(
            "SELECT segment_id FROM trace_parts WHERE trace_ref = ? ORDER BY segment_id", [.integer(summary.reference)]
        ) { try $0.integer(0) }
        var trace = Trace(summary: summary, spans: [])
        for segment in segments {
            guard trace.spans.count < maximumSpans else { break }
            guard let body = try SegmentReader.body(segment, connection) else { continue }
            trace.spans += try SpanSegment(id: segment, body: body).spans(of: id)
        }
        trace.spans.sort { ($0.start, $0.spanID) < ($1.start, $1.spanID) }
        if trace.spans.count > maximumSpans { trace.spans.removeLast(trace.spans.count - maximumSpans) }
        trace.isTruncated = Int64(trace.spans.count) < summary.spans
        return trace
    }
}
