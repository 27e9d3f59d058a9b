// The events and links of a span, in place.

/// OTLP `Span.Event`; valid as long as the request's bytes are.
public struct EventView {
    /// Unix nanoseconds.
    public private(set) var time: UInt64 = 0
    /// UTF-8 of the name.
    public private(set) var name = UnsafeRawBufferPointer.none
    /// The event's attributes.
    public let attributes: AttributesView
    /// How many more attributes the event had.
    public private(set) var droppedAttributesCount: UInt32 = 0

    init(_ body: UnsafeRawBufferPointer) {
        attributes = AttributesView(body, tag: EventTag.attributes)
        var reader = WireReader(body)
        do throws(WireError) {
            while !reader.atEnd {
                let tag = try reader.tag()
                switch tag {
                case EventTag.time: time = try reader.fixed64()
                case EventTag.name: name = try reader.bytes()
                case EventTag.droppedAttributes: droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
                default: try reader.skip(tag, depth: WireReader.depthLimit)
                }
            }
        } catch {}
    }
}

/// OTLP `Span.Link`; valid as long as the request's bytes are.
public struct LinkView {
    /// The linked trace; zero where the id had not 16 bytes.
    public private(set) var traceID = TraceID(high: 0, low: 0)
    /// The linked span; zero where the id had not 8 bytes.
    public private(set) var spanID = SpanID(value: 0)
    /// UTF-8 of the W3C `tracestate`.
    public private(set) var traceState = UnsafeRawBufferPointer.none
    /// The link's attributes.
    public let attributes: AttributesView
    /// How many more attributes the link had.
    public private(set) var droppedAttributesCount: UInt32 = 0
    /// `SpanFlags`.
    public private(set) var flags: UInt32 = 0

    init(_ body: UnsafeRawBufferPointer) {
        attributes = AttributesView(body, tag: LinkTag.attributes)
        var reader = WireReader(body)
        do throws(WireError) {
            while !reader.atEnd {
                let tag = try reader.tag()
                switch tag {
                case LinkTag.traceID: traceID = TraceID(bytes: try reader.bytes()) ?? TraceID(high: 0, low: 0)
                case LinkTag.spanID: spanID = SpanID(bytes: try reader.bytes()) ?? SpanID(value: 0)
                case LinkTag.traceState: traceState = try reader.bytes()
                case LinkTag.droppedAttributes: droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
                case LinkTag.flags: flags = try reader.fixed32()
                default: try reader.skip(tag, depth: WireReader.depthLimit)
                }
            }
        } catch {}
    }
}

/// The events of a span, in order.
public struct EventsView: Sequence {
    private let extent: FieldExtent

    init(_ extent: FieldExtent) {
        self.extent = extent
    }

    static var none: EventsView { EventsView(FieldExtent()) }

    /// How many there are.
    public var count: Int { extent.count }

    /// The same as `count`.
    public var underestimatedCount: Int { extent.count }

    /// From the first to the last.
    public func makeIterator() -> Iterator {
        Iterator(fields: FieldIterator(extent.bytes, tag: SpanTag.events))
    }

    /// Goes through the events.
    public struct Iterator: IteratorProtocol {
        var fields: FieldIterator

        /// The next one.
        public mutating func next() -> EventView? {
            fields.next().map { EventView($0) }
        }
    }
}

/// The links of a span, in order.
public struct LinksView: Sequence {
    private let extent: FieldExtent

    init(_ extent: FieldExtent) {
        self.extent = extent
    }

    static var none: LinksView { LinksView(FieldExtent()) }

    /// How many there are.
    public var count: Int { extent.count }

    /// The same as `count`.
    public var underestimatedCount: Int { extent.count }

    /// From the first to the last.
    public func makeIterator() -> Iterator {
        Iterator(fields: FieldIterator(extent.bytes, tag: SpanTag.links))
    }

    /// Goes through the links.
    public struct Iterator: IteratorProtocol {
        var fields: FieldIterator

        /// The next one.
        public mutating func next() -> LinkView? {
            fields.next().map { LinkView($0) }
        }
    }
}
