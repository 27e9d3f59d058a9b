// A stored segment of spans.

import ArgusOTLP

/// Reads the body of a segment of spans. Opening it reads the tables of strings and attributes; spans are decoded when asked for.
struct SpanSegment: Sendable {
    /// What one trace has in the segment of what was searched.
    struct Match: Sendable, Hashable {
        var traceID: TraceID
        /// How many spans of the trace match.
        var spans: Int
        /// The earliest start among them, unix nanoseconds.
        var start: Int64
    }

    /// Bytes of a trace in the list of traces.
    private static let listEntry = 24

    let id: Int64
    let tables: StoredTables
    /// How many traces there are.
    let traceCount: Int
    /// Where the list of traces begins.
    private let list: Int

    /// How many spans it holds.
    var count: Int { tables.count }

    /// Throws ``SegmentError`` if the body is damaged or of a later version.
    init(id: Int64, body: [UInt8]) throws {
        self.id = id
        let tables = try StoredTables(body: body, signal: .traces)
        (traceCount, list) = try body.withUnsafeBytes { bytes in
            var cursor = SegmentReadCursor(bytes, from: tables.items.lowerBound, to: tables.items.upperBound)
            let count = try cursor.count(minimumBytes: Self.listEntry)
            return (count, cursor.position)
        }
        self.tables = tables
    }

    /// The traces in the order they are stored in.
    var traceIDs: [TraceID] {
        tables.body.withUnsafeBytes { body in (0..<traceCount).map { traceID($0, body) } }
    }

    /// The spans of a trace in the order they were received in; empty if it has none here. Other traces are not decoded.
    func spans(of traceID: TraceID) throws -> [SpanRecord] {
        try tables.body.withUnsafeBytes { body in
            for trace in 0..<traceCount where self.traceID(trace, body) == traceID { return try records(trace, body) }
            return []
        }
    }

    /// All spans, grouped by trace.
    func forEachSpan(_ action: (SpanRecord) throws -> Void) throws {
        try tables.body.withUnsafeBytes { body in
            for trace in 0..<traceCount { try records(trace, body).forEach(action) }
        }
    }

    /// The traces with at least one span that meets all conditions, in the order they are stored in.
    func matches(_ filter: SpanFilter) throws -> [Match] {
        try tables.body.withUnsafeBytes { body in
            guard let search = try SpanSearch(filter, tables, body) else { return [] }
            var matches: [Match] = []
            for trace in 0..<traceCount {
                var spans = 0
                var start = Int64.max
                var reader = try self.reader(trace, body)
                while let span = try reader.next() {
                    guard try search.isMatch(span, body) else { continue }
                    spans += 1
                    start = min(start, span.start)
                }
                if spans > 0 { matches.append(Match(traceID: traceID(trace, body), spans: spans, start: start)) }
            }
            return matches
        }
    }

    // MARK: - The list of traces

    private func traceID(_ trace: Int, _ body: UnsafeRawBufferPointer) -> TraceID {
        let offset = list + trace * Self.listEntry
        let high = UInt64(littleEndian: body.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let low = UInt64(littleEndian: body.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
        return TraceID(high: high, low: low)
    }

    private func reader(_ trace: Int, _ body: UnsafeRawBufferPointer) throws -> StoredSpanReader {
        let entry = list + trace * Self.listEntry
        let count = UInt32(littleEndian: body.loadUnaligned(fromByteOffset: entry + 16, as: UInt32.self))
        let offset = UInt32(littleEndian: body.loadUnaligned(fromByteOffset: entry + 20, as: UInt32.self))
        let start = list + traceCount * Self.listEntry + Int(offset)
        guard start <= tables.items.upperBound, Int(count) <= tables.items.upperBound - start else {
            throw SegmentError("a trace is out of range")
        }
        let cursor = SegmentReadCursor(body, from: start, to: tables.items.upperBound)
        return StoredSpanReader(cursor, count: Int(count), minTime: tables.minTime)
    }

    private func records(_ trace: Int, _ body: UnsafeRawBufferPointer) throws -> [SpanRecord] {
        var reader = try reader(trace, body)
        let traceID = traceID(trace, body)
        var records: [SpanRecord] = []
        var parents: [Int] = []
        while let span = try reader.next() {
            records.append(try span.record(of: traceID, tables, body))
            parents.append(span.localParent)
        }
        for (index, parent) in parents.enumerated() where parent >= 0 {
            guard parent < records.count else { throw SegmentError("a parent is out of range") }
            records[index].parentSpanID = records[parent].spanID
        }
        return records
    }
}
