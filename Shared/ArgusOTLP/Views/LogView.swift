// A log record in place.

/// OTLP `LogRecord` within the bytes of its request; valid as long as they are.
///
/// No record is refused for its ids: where one is absent, of another length or all zeros, the specification has receivers assume that the
/// record belongs to no trace, so it reads as nil.
public struct LogView {
    /// Unix nanoseconds; 0 is unknown.
    public private(set) var time: UInt64 = 0
    /// Unix nanoseconds; 0 is unknown.
    public private(set) var observedTime: UInt64 = 0
    /// `SeverityNumber`: 0 unspecified, 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn, 17-20 error, 21-24 fatal.
    public private(set) var severityNumber: Int32 = 0
    /// UTF-8 of the severity as its source calls it.
    public private(set) var severityText = UnsafeRawBufferPointer.none
    /// UTF-8 of the event's name.
    public private(set) var eventName = UnsafeRawBufferPointer.none
    /// The body.
    public private(set) var body = AnyValueView(encoded: .none)
    /// The record's attributes.
    public private(set) var attributes = AttributesView.none
    /// How many more attributes the record had.
    public private(set) var droppedAttributesCount: UInt32 = 0
    /// The trace, if any.
    public private(set) var traceID: TraceID?
    /// The span, if any.
    public private(set) var spanID: SpanID?
    /// W3C trace flags in the low byte.
    public private(set) var flags: UInt32 = 0
    /// The encoded `LogRecord`.
    public let bytes: UnsafeRawBufferPointer

    /// Reads and checks an encoded `LogRecord` by itself.
    ///
    /// A field of which a record has one must not occur twice (`forEachRecord` takes care of that).
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
        var body: UnsafeRawBufferPointer?
        while !reader.atEnd {
            let start = reader.position
            let tag = try reader.tag()
            switch tag {
            case LogTag.time: time = try reader.fixed64()
            case LogTag.severityNumber: severityNumber = Int32(truncatingIfNeeded: try reader.varint())
            case LogTag.severityText: severityText = try reader.string()
            case LogTag.body:
                if body != nil { merges = true }
                let message = try reader.bytes()
                try Validation.anyValue(WireReader(message), depth: try Validation.nested(depth, reader), merges: &merges)
                body = message
            case LogTag.attributes:
                try Validation.attribute(try reader.message(), depth: try Validation.nested(depth, reader), merges: &merges)
                attributes.add(from: start, to: reader.position)
            case LogTag.droppedAttributes: droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            case LogTag.flags: flags = try reader.fixed32()
            case LogTag.traceID: traceID = TraceID(bytes: try reader.bytes())
            case LogTag.spanID: spanID = SpanID(bytes: try reader.bytes())
            case LogTag.observedTime: observedTime = try reader.fixed64()
            case LogTag.eventName: eventName = try reader.string()
            default: try reader.skip(tag, depth: depth)
            }
        }
        self.attributes = AttributesView(attributes, tag: LogTag.attributes)
        if let body { self.body = AnyValueView(encoded: body) }
    }
}
