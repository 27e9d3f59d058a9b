// A span in place.

/// Why a well-formed span is refused.
public enum InvalidSpan: UInt8, Sendable, Hashable, CustomStringConvertible {
    case traceIDLength, traceIDZero, spanIDLength, spanIDZero, parentSpanIDLength, endBeforeStart, timeOutOfRange

    /// A phrase for people.
    public var description: String {
        switch self {
        case .traceIDLength: "the trace id is not 16 bytes long"
        case .traceIDZero: "the trace id is all zeros"
        case .spanIDLength: "the span id is not 8 bytes long"
        case .spanIDZero: "the span id is all zeros"
        case .parentSpanIDLength: "the parent span id is neither empty nor 8 bytes long"
        case .endBeforeStart: "the span ends before it starts"
        case .timeOutOfRange: "a time is later than the year 2262"
        }
    }
}

/// OTLP `Span` within the bytes of its request; valid as long as they are.
public struct SpanView {
    /// The trace; not valid where `invalid` says so.
    public private(set) var traceID = TraceID(high: 0, low: 0)
    /// The span; not valid where `invalid` says so.
    public private(set) var spanID = SpanID(value: 0)
    /// nil for a root (an empty id, or one of eight zeros as some SDKs send it).
    public private(set) var parentSpanID: SpanID?
    /// UTF-8 of the W3C `tracestate`.
    public private(set) var traceState = UnsafeRawBufferPointer.none
    /// UTF-8 of the name.
    public private(set) var name = UnsafeRawBufferPointer.none
    /// `SpanKind`: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer; others are unknown kinds.
    public private(set) var kind: Int32 = 0
    /// `SpanFlags`: W3C trace flags in the low byte.
    public private(set) var flags: UInt32 = 0
    /// Unix nanoseconds.
    public private(set) var startTime: UInt64 = 0
    /// Unix nanoseconds.
    public private(set) var endTime: UInt64 = 0
    /// The span's attributes.
    public private(set) var attributes = AttributesView.none
    /// How many more attributes the span had.
    public private(set) var droppedAttributesCount: UInt32 = 0
    /// The span's events.
    public private(set) var events = EventsView.none
    /// How many more events the span had.
    public private(set) var droppedEventsCount: UInt32 = 0
    /// The span's links.
    public private(set) var links = LinksView.none
    /// How many more links the span had.
    public private(set) var droppedLinksCount: UInt32 = 0
    /// `StatusCode`: 0 unset, 1 ok, 2 error; others are unknown codes.
    public private(set) var statusCode: Int32 = 0
    /// UTF-8 of the status's message.
    public private(set) var statusMessage = UnsafeRawBufferPointer.none
    /// Why the span is refused, nil if it is not.
    public private(set) var invalid: InvalidSpan?
    /// The encoded `Span`.
    public let bytes: UnsafeRawBufferPointer

    /// Reads and checks an encoded `Span` by itself.
    ///
    /// A field of which a span has one must not occur twice (`forEachSpan` takes care of that).
    /// - Throws: `OTLPError` if it is not well formed.
    public init(encoded bytes: UnsafeRawBufferPointer) throws(OTLPError) {
        var merges = false
        do throws(WireError) {
            try self.init(bytes, depth: WireReader.depthLimit - 1, merges: &merges)
        } catch {
            throw error.error(in: bytes)
        }
    }

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, depth: Int, merges: inout Bool) throws(WireError) {
        self.bytes = bytes
        var reader = WireReader(bytes)
        var attributes = FieldExtent()
        var events = FieldExtent()
        var links = FieldExtent()
        var traceID = UnsafeRawBufferPointer.none
        var spanID = UnsafeRawBufferPointer.none
        var parentSpanID = UnsafeRawBufferPointer.none
        while !reader.atEnd {
            let start = reader.position
            let tag = try reader.tag()
            switch tag {
            case SpanTag.traceID: traceID = try reader.bytes()
            case SpanTag.spanID: spanID = try reader.bytes()
            case SpanTag.traceState: traceState = try reader.string()
            case SpanTag.parentSpanID: parentSpanID = try reader.bytes()
            case SpanTag.name: name = try reader.string()
            case SpanTag.kind: kind = Int32(truncatingIfNeeded: try reader.varint())
            case SpanTag.startTime: startTime = try reader.fixed64()
            case SpanTag.endTime: endTime = try reader.fixed64()
            case SpanTag.attributes:
                try Validation.attribute(try reader.message(), depth: try Validation.nested(depth, reader), merges: &merges)
                attributes.add(from: start, to: reader.position)
            case SpanTag.droppedAttributes: droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            case SpanTag.events:
                try Validation.event(try reader.message(), depth: try Validation.nested(depth, reader), merges: &merges)
                events.add(from: start, to: reader.position)
            case SpanTag.droppedEvents: droppedEventsCount = UInt32(truncatingIfNeeded: try reader.varint())
            case SpanTag.links:
                try Validation.link(try reader.message(), depth: try Validation.nested(depth, reader), merges: &merges)
                links.add(from: start, to: reader.position)
            case SpanTag.droppedLinks: droppedLinksCount = UInt32(truncatingIfNeeded: try reader.varint())
            case SpanTag.status: try readStatus(try reader.message(), depth: try Validation.nested(depth, reader))
            case SpanTag.flags: flags = try reader.fixed32()
            default: try reader.skip(tag, depth: depth)
            }
        }
        self.attributes = AttributesView(attributes, tag: SpanTag.attributes)
        self.events = EventsView(events)
        self.links = LinksView(links)
        setIDs(traceID, spanID, parentSpanID)
    }

    /// Of several statuses the fields of the later one count, as far as it has them: that is how protobuf merges.
    private mutating func readStatus(_ message: WireReader, depth: Int) throws(WireError) {
        var reader = message
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case StatusTag.message: statusMessage = try reader.string()
            case StatusTag.code: statusCode = Int32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(tag, depth: depth)
            }
        }
    }

    @inline(__always)
    private mutating func setIDs(
        _ trace: UnsafeRawBufferPointer, _ span: UnsafeRawBufferPointer, _ parent: UnsafeRawBufferPointer
    ) {
        parentSpanID = SpanID(bytes: parent)
        if endTime < startTime { invalid = .endBeforeStart }
        if endTime > Int64.max || startTime > Int64.max { invalid = .timeOutOfRange }
        if !parent.isEmpty, parent.count != 8 { invalid = .parentSpanIDLength }
        if let id = SpanID(bytes: span) { spanID = id } else { invalid = span.count == 8 ? .spanIDZero : .spanIDLength }
        if let id = TraceID(bytes: trace) { traceID = id } else { invalid = trace.count == 16 ? .traceIDZero : .traceIDLength }
    }
}
