// What one transaction stores.

import ArgusOTLP

/// A batch in the form it is stored in.
struct SealedSegment: Sendable {
    /// See ``SpanSegment`` and ``LogSegment``.
    var body: [UInt8] = []
    /// Spans or logs.
    var count = 0
    /// The least and greatest span start or log time, unix nanoseconds, both inclusive; 0 if the segment is empty.
    var minTime: Int64 = 0
    var maxTime: Int64 = 0
    /// For the text index.
    var terms = SegmentTerms()
    /// One for each trace, in the order of `SpanBatch.traces` without those that lost all spans; empty for logs.
    var traces: [TracePart] = []
    /// What to add to the rollups. Holds the edges whose two spans are both in the segment; the others are found by ``EdgeResolver``.
    var rollups = RollupDelta()
}

/// The distinct terms of a segment.
struct SegmentTerms: Sendable, Hashable {
    /// The terms, separated by single spaces. A term holds only letters and digits in lower case (not only of ASCII), so an index can take
    /// this
    /// text as it is; a tokenizer that splits at ASCII punctuation and spaces and leaves other bytes alone (FTS5's `ascii`) is right for
    /// it.
    var text = ""
    var count = 0
    /// Whether there were more terms than a segment may have. The text then holds ``SearchTerms/overflow``, and the index cannot say that
    /// the segment lacks a term.
    var isTruncated = false

    /// The terms one by one.
    var all: [String] { text.split(separator: " ").map(String.init) }
}

/// What a segment holds of one trace.
struct TracePart: Sendable, Hashable {
    /// A span by which a trace is named.
    struct Name: Sendable, Hashable {
        var service: String
        var operation: String
        var start: Int64
    }

    var traceID: TraceID
    var spans: Int
    var errors: Int
    /// The earliest start and the latest end, unix nanoseconds.
    var start: Int64
    var end: Int64
    /// The earliest span without a parent.
    var root: Name?
    /// The earliest span.
    var first: Name
    /// Sorted, distinct.
    var services: [String]
    /// An encoded ``TraceDirectory``.
    var directory: [UInt8]
}
