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
    /// For each span its place in the order of arrival.
    private let arrivals: [Int32]
    /// Messages that are left out.
    private let malformed: Set<Int>

    private init(_ messages: [TelemetryMessage], malformed: Set<Int>, duplicates: Int, _ result: SpanEncoder.Result) {
        self.messages = messages
        self.malformed = malformed
        self.duplicates = duplicates
        spans = result.spans
        traces = result.traces
        services = result.services
        arrivals = result.arrivals
        sealed = result.segment
    }

    /// Reads messages of signal `.traces`. A malformed message is rejected as a whole, an invalid span (an id of zeros or of a wrong
    /// length, an end
    /// before the start, a time after the year 2262) alone. Of spans with the same trace and span id the first is kept.
    static func decode(_ messages: [TelemetryMessage]) -> (batch: SpanBatch, rejected: [RejectedItem]) {
        var scan = MessageScan(messages)
        var encoder = SpanEncoder()
        read(messages, into: &encoder, &scan)
        if !scan.malformed.isEmpty {
            // Parts of malformed messages were taken: once more without these.
            encoder = SpanEncoder()
            read(messages, into: &encoder, &scan)
        }
        let duplicates = encoder.duplicates
        let batch = SpanBatch(messages, malformed: scan.malformed, duplicates: duplicates, encoder.finish())
        return (batch, scan.rejected + scan.invalidSpans())
    }

    /// The segment without the spans at these places of `spans`. Costs nothing if there are none, else as much as ``decode(_:)``.
    func seal(excluding excluded: Set<Int> = []) -> SealedSegment {
        guard !excluded.isEmpty else { return sealed }
        var encoder = SpanEncoder(excluding: Set(excluded.map { Int(arrivals[$0]) }))
        for (index, message) in messages.enumerated() where !malformed.contains(index) {
            // It was read before without an error.
            _ = message.payload.withUnsafeBytes { try? encoder.add($0) }
        }
        return encoder.finish().segment
    }

    private static func read(_ messages: [TelemetryMessage], into encoder: inout SpanEncoder, _ scan: inout MessageScan) {
        for (index, message) in messages.enumerated() where !scan.malformed.contains(index) {
            do {
                if try message.payload.withUnsafeBytes({ try encoder.add($0) }) { scan.invalid.insert(index) }
            } catch {
                scan.reject(index, "\(error)")
            }
        }
    }
}
