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

    let id: Int64
    /// How many spans it holds.
    let count: Int

    /// Throws ``SegmentError`` if the body is damaged or of a later version.
    init(id: Int64, body: [UInt8]) throws {
        self.id = id
        count = 0
    }

    /// The traces in the order they are stored in.
    var traceIDs: [TraceID] { [] }

    /// The spans of a trace in the order they were received in; empty if it has none here. Other traces are not decoded.
    func spans(of traceID: TraceID) throws -> [SpanRecord] {
        []
    }

    /// All spans, grouped by trace.
    func forEachSpan(_ body: (SpanRecord) throws -> Void) throws {}

    /// The traces with at least one span that meets all conditions, in the order they are stored in.
    func matches(_ filter: SpanFilter) throws -> [Match] {
        []
    }
}
