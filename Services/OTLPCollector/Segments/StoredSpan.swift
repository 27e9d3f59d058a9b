// A span of a stored segment, before it is decoded.

import ArgusOTLP

/// Reads the spans of one trace one after the other.
struct StoredSpanReader {
    private var cursor: SegmentReadCursor
    private var remaining: Int
    private var time: Int64

    init(_ cursor: SegmentReadCursor, count: Int, minTime: Int64) {
        self.cursor = cursor
        remaining = count
        time = minTime
    }

    @inline(__always)
    mutating func next() throws -> StoredSpan? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        let flags = UInt16(try cursor.byte()) | UInt16(try cursor.byte()) << 8
        let spanID = try cursor.fixed()
        var localParent = -1
        var foreignParent: UInt64 = 0
        if flags & SegmentFormat.SpanFlag.parentIsLocal != 0 {
            localParent = Int(truncatingIfNeeded: try cursor.varint() & UInt64(UInt32.max))
        } else if flags & SegmentFormat.SpanFlag.parentIsForeign != 0 {
            foreignParent = try cursor.fixed()
        }
        time &+= try cursor.signed()
        let duration = try cursor.varint()
        let tail = try cursor.bytes()
        guard duration <= UInt64(Int64.max), !time.addingReportingOverflow(Int64(duration)).overflow else {
            throw SegmentError("a time is out of range")
        }
        return StoredSpan(
            flags: flags, spanID: spanID, localParent: localParent, foreignParent: foreignParent, start: time, duration: Int64(duration),
            tail: tail)
    }
}

/// The head of a span; valid as long as the body's bytes are.
struct StoredSpan {
    /// See ``SegmentFormat/SpanFlag``.
    var flags: UInt16
    var spanID: UInt64
    /// Its parent's place among the trace's spans here; -1 if it is not here or there is none.
    var localParent: Int
    /// Its parent's id if that is not here; 0 if there is none.
    var foreignParent: UInt64
    var start: Int64
    var duration: Int64
    var tail: UnsafeRawBufferPointer

    var kind: SpanKind { SpanKind(rawValue: Int(flags & SegmentFormat.SpanFlag.kindMask)) ?? .unspecified }
    var status: SpanStatus.Code {
        SpanStatus.Code(rawValue: Int(flags >> SegmentFormat.SpanFlag.statusShift & 3)) ?? .unset
    }

    @inline(__always)
    func has(_ flag: UInt16) -> Bool { flags & flag != 0 }

    /// The whole span, but for a parent that is here.
    func record(of traceID: TraceID, _ tables: StoredTables, _ body: UnsafeRawBufferPointer) throws -> SpanRecord {
        var cursor = SegmentReadCursor(tail)
        let origin = try tables.origin(try cursor.index(below: tables.origins.count), of: body)
        var record = SpanRecord(
            traceID: traceID, spanID: SpanID(value: spanID),
            parentSpanID: has(SegmentFormat.SpanFlag.parentIsForeign) ? SpanID(value: foreignParent) : nil,
            name: try tables.string(&cursor, of: body), kind: kind, start: start, end: start + duration,
            status: SpanStatus(code: status), service: origin.service, resource: origin.resource, scope: origin.scope)
        record.attributes = try tables.attributes(&cursor, of: body)
        if has(SegmentFormat.SpanFlag.traceState) { record.traceState = try tables.string(&cursor, of: body) }
        if has(SegmentFormat.SpanFlag.flags) { record.flags = try StoredTables.dropped(&cursor) }
        if has(SegmentFormat.SpanFlag.statusMessage) { record.status.message = try tables.string(&cursor, of: body) }
        if has(SegmentFormat.SpanFlag.dropped) {
            record.droppedAttributes = try StoredTables.dropped(&cursor)
            record.droppedEvents = try StoredTables.dropped(&cursor)
            record.droppedLinks = try StoredTables.dropped(&cursor)
        }
        if has(SegmentFormat.SpanFlag.events) {
            record.events = try cursor.array(minimumBytes: 4) { try event(&$0, tables, body) }
        }
        if has(SegmentFormat.SpanFlag.links) {
            record.links = try cursor.array(minimumBytes: 28) { try link(&$0, tables, body) }
        }
        return record
    }

    private func event(_ cursor: inout SegmentReadCursor, _ tables: StoredTables, _ body: UnsafeRawBufferPointer) throws -> SpanEvent {
        let time = start &+ (try cursor.signed())
        return SpanEvent(
            time: time, name: try tables.string(&cursor, of: body), attributes: try tables.attributes(&cursor, of: body),
            droppedAttributes: try StoredTables.dropped(&cursor))
    }

    private func link(_ cursor: inout SegmentReadCursor, _ tables: StoredTables, _ body: UnsafeRawBufferPointer) throws -> SpanLink {
        let traceID = TraceID(high: try cursor.fixed(), low: try cursor.fixed())
        return SpanLink(
            traceID: traceID, spanID: SpanID(value: try cursor.fixed()), traceState: try tables.string(&cursor, of: body),
            flags: try StoredTables.dropped(&cursor), attributes: try tables.attributes(&cursor, of: body),
            droppedAttributes: try StoredTables.dropped(&cursor))
    }
}
