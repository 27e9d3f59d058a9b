// Finds traces that have a span that meets conditions, in the bodies of segments, newest first.

import ArgusOTLP
import ArgusStorage

/// One search. The text index says which segments may hold such spans.
struct TraceSearch {
    private let query: TraceQuery
    private let filter: SpanFilter
    private let limits: QueryLimits
    private var seen: Set<TraceID> = []
    private var candidates: [Candidate] = []

    private struct Candidate {
        var reference: Int64
        var rank: Int64
    }

    init(_ query: TraceQuery, _ span: SpanFilter, _ limits: QueryLimits) {
        self.query = query
        self.limits = limits
        var filter = span
        filter.start = query.range.start..<query.range.end
        self.filter = filter
    }

    /// The page that the query asks for.
    mutating func run(_ connection: any SQLConnection) throws -> TraceQueries.Page {
        let segments = try SegmentReader.segments(
            SegmentRow.spans, in: query.range, terms: TextQuestion(filter.terms), limit: limits.segments + 1, connection)
        let deadline = ContinuousClock.now + limits.patience
        var page = TraceQueries.Page()
        for (index, segment) in segments.enumerated() {
            if isComplete(before: segment) { break }
            if index == limits.segments || seen.count >= limits.traces || ContinuousClock.now > deadline {
                page.isTruncated = true
                // In the standard order, what is answered is still the beginning of the list.
                if query.sort == .standard { candidates.removeAll { $0.rank <= segment.maximumTime } }
                break
            }
            guard let body = try SegmentReader.body(segment.id, connection) else { continue }
            let matches = try SpanSegment(id: segment.id, body: body).matches(filter)
            try add(matches.map(\.traceID).filter { seen.insert($0).inserted }, connection)
        }
        sort()
        page.traces = try TraceSummary.read(candidates.prefix(query.limit).map(\.reference), connection)
        if candidates.count > query.limit {
            let last = candidates[query.limit - 1]
            page.next = PageCursor(rank: last.rank, id: last.reference, range: query.range)
        }
        return page
    }

    /// Whether no segment from this one on can change the page: a trace that is found there starts no later than the segment's spans.
    private mutating func isComplete(before segment: SegmentRow) -> Bool {
        guard query.sort == .standard, candidates.count > query.limit else { return false }
        sort()
        candidates.removeLast(candidates.count - query.limit - 1)
        return candidates[query.limit].rank > segment.maximumTime
    }

    private mutating func add(_ traceIDs: [TraceID], _ connection: any SQLConnection) throws {
        let columns = ["id", "start_ns", "end_ns", "spans", "errors"]
        let rows = try connection.lookUp(columns, in: "traces", by: ["trace_id"], traceIDs.map { [.blob($0.bytes)] }) { row in
            (try row.integer(0), start: try row.integer(1), end: try row.integer(2), spans: try row.integer(3), errors: try row.integer(4))
        }
        for row in rows where query.admits(start: row.start, end: row.end, errors: row.errors) {
            let rank = query.rank(start: row.start, end: row.end, spans: row.spans, errors: row.errors)
            let candidate = Candidate(reference: row.0, rank: rank)
            if isAfterCursor(candidate) { candidates.append(candidate) }
        }
    }

    private func isAfterCursor(_ candidate: Candidate) -> Bool {
        guard let cursor = query.cursor else { return true }
        let isLess = (candidate.rank, candidate.reference) < (cursor.rank, cursor.id)
        let isGreater = (candidate.rank, candidate.reference) > (cursor.rank, cursor.id)
        return query.sort.isDescending ? isLess : isGreater
    }

    private mutating func sort() {
        let isDescending = query.sort.isDescending
        candidates.sort { left, right in
            let (left, right) = isDescending ? (right, left) : (left, right)
            return (left.rank, left.reference) < (right.rank, right.reference)
        }
    }
}

extension TraceQuery {
    /// Whether a trace with this summary is meant.
    func admits(start: Int64, end: Int64, errors: Int64) -> Bool {
        guard range.contains(start) else { return false }
        if let minimumDuration, end - start < minimumDuration { return false }
        if let maximumDuration, end - start > maximumDuration { return false }
        switch status {
        case .error: return errors > 0
        case .ok: return errors == 0
        case nil: return true
        }
    }
}
