// Encodes spans as they are read.

import ArgusOTLP

/// Takes spans one after the other; ``finish()`` makes the segment. What depends on a span alone is encoded at once (its tail), what
/// depends on the others
/// of its trace at the end.
struct SpanEncoder: ~Copyable {
    /// A span until the end.
    struct Item {
        var entry: SpanBatch.Entry
        var trace: Int
        var flags: UInt16
        var name: Int
        /// Where its tail is in `tails`.
        var tail: Range<Int>
    }

    var tables = SegmentTables()
    var tails = ByteSink(capacity: 1 << 16)
    var items: ContiguousArray<Item> = []
    /// Traces by their two halves.
    var traces = KeyInterner()
    /// Spans by trace and id. The number is the span's place in the order of arrival.
    var spans = KeyInterner(slots: 8192)
    /// Item of each span in the order of arrival; -1 if it is excluded.
    var itemOfSpan: ContiguousArray<Int> = []
    private(set) var duplicates = 0
    /// Spans in the order of arrival that are left out.
    private let excluded: Set<Int>

    private var scopeIndex = -1
    private var origin = 0

    init(excluding excluded: Set<Int> = []) {
        self.excluded = excluded
        items.reserveCapacity(1024)
    }

    /// Takes the spans of a message but for the invalid ones; whether there were any of these. Throws `OTLPError` if it is not well
    /// formed: then
    /// a part of its spans was taken.
    mutating func add(_ message: UnsafeRawBufferPointer) throws -> Bool {
        var hasInvalid = false
        scopeIndex = -1
        try OTLPTraces.forEachSpan(in: message) { resource, scope, span in
            guard span.invalid == nil else {
                hasInvalid = true
                return
            }
            add(resource, scope, span)
        }
        return hasInvalid
    }

    private mutating func add(_ resource: ResourceView, _ scope: ScopeView, _ span: SpanView) {
        let trace = traces.intern(span.traceID.high, span.traceID.low).number
        let (place, isNew) = spans.intern(UInt64(trace), span.spanID.value)
        guard isNew else {
            duplicates += 1
            return
        }
        guard !excluded.contains(place) else { return itemOfSpan.append(-1) }
        if scope.index != scopeIndex {
            scopeIndex = scope.index
            origin = tables.origin(resource, scope)
        }
        itemOfSpan.append(items.count)
        let isError = span.statusCode == Int32(SpanStatus.Code.error.rawValue)
        let entry = SpanBatch.Entry(
            spanID: span.spanID, parentSpanID: span.parentSpanID, service: Int32(origin), isError: isError,
            start: Int64(span.startTime), end: Int64(span.endTime))
        let start = tails.count
        let (flags, name) = writeTail(span)
        items.append(Item(entry: entry, trace: trace, flags: flags, name: name, tail: start..<tails.count))
    }

    private mutating func writeTail(_ span: SpanView) -> (flags: UInt16, name: Int) {
        let name = tables.text(span.name)
        tails.reserve(20)
        tails.putVarint(UInt64(origin))
        tails.putVarint(UInt64(name))
        tables.write(span.attributes, to: &tails)
        let kind = (0...5).contains(span.kind) ? UInt16(span.kind) : 0
        let status = (0...2).contains(span.statusCode) ? UInt16(span.statusCode) : 0
        var flags = kind | status << SegmentFormat.SpanFlag.statusShift
        if !span.traceState.isEmpty {
            flags |= SegmentFormat.SpanFlag.traceState
            tails.appendVarint(tables.string(span.traceState))
        }
        if span.flags != 0 {
            flags |= SegmentFormat.SpanFlag.flags
            tails.appendVarint(Int(span.flags))
        }
        if !span.statusMessage.isEmpty {
            flags |= SegmentFormat.SpanFlag.statusMessage
            tails.appendVarint(tables.text(span.statusMessage))
        }
        if span.droppedAttributesCount | span.droppedEventsCount | span.droppedLinksCount != 0 {
            flags |= SegmentFormat.SpanFlag.dropped
            tails.appendVarint(Int(span.droppedAttributesCount))
            tails.appendVarint(Int(span.droppedEventsCount))
            tails.appendVarint(Int(span.droppedLinksCount))
        }
        if span.events.count > 0 {
            flags |= SegmentFormat.SpanFlag.events
            writeEvents(span)
        }
        if span.links.count > 0 {
            flags |= SegmentFormat.SpanFlag.links
            writeLinks(span)
        }
        return (flags, name)
    }

    private mutating func writeEvents(_ span: SpanView) {
        tails.appendVarint(span.events.count)
        for event in span.events {
            tails.reserve(10)
            tails.putSigned(Int64(bitPattern: event.time &- span.startTime))
            tails.appendVarint(tables.text(event.name))
            tables.write(event.attributes, to: &tails)
            tails.appendVarint(Int(event.droppedAttributesCount))
        }
    }

    private mutating func writeLinks(_ span: SpanView) {
        tails.appendVarint(span.links.count)
        for link in span.links {
            tails.reserve(24)
            tails.putFixed(link.traceID.high)
            tails.putFixed(link.traceID.low)
            tails.putFixed(link.spanID.value)
            tails.appendVarint(tables.string(link.traceState))
            tails.appendVarint(Int(link.flags))
            tables.write(link.attributes, to: &tails)
            tails.appendVarint(Int(link.droppedAttributesCount))
        }
    }
}
