// Spans, decoded.

/// OTLP `Span`.
public struct OTLPSpan: Sendable, Hashable {
    /// OTLP `Span.Event`.
    public struct Event: Sendable, Hashable {
        /// Unix nanoseconds.
        public var time: UInt64
        public var name: String
        public var attributes: [Attribute]
        public var droppedAttributesCount: UInt32

        /// An event.
        public init(time: UInt64, name: String, attributes: [Attribute] = [], droppedAttributesCount: UInt32 = 0) {
            self.time = time
            self.name = name
            self.attributes = attributes
            self.droppedAttributesCount = droppedAttributesCount
        }

        /// An event in place.
        public init(_ view: EventView) {
            self.init(
                time: view.time, name: String(decoding: view.name, as: UTF8.self), attributes: view.attributes.decoded(),
                droppedAttributesCount: view.droppedAttributesCount)
        }
    }

    /// OTLP `Span.Link`.
    public struct Link: Sendable, Hashable {
        public var traceID: TraceID
        public var spanID: SpanID
        public var traceState: String
        public var attributes: [Attribute]
        public var droppedAttributesCount: UInt32
        public var flags: UInt32

        /// A link.
        public init(
            traceID: TraceID, spanID: SpanID, traceState: String = "", attributes: [Attribute] = [], droppedAttributesCount: UInt32 = 0,
            flags: UInt32 = 0
        ) {
            self.traceID = traceID
            self.spanID = spanID
            self.traceState = traceState
            self.attributes = attributes
            self.droppedAttributesCount = droppedAttributesCount
            self.flags = flags
        }

        /// A link in place.
        public init(_ view: LinkView) {
            self.init(
                traceID: view.traceID, spanID: view.spanID, traceState: String(decoding: view.traceState, as: UTF8.self),
                attributes: view.attributes.decoded(), droppedAttributesCount: view.droppedAttributesCount, flags: view.flags)
        }
    }

    public var traceID: TraceID
    public var spanID: SpanID
    /// nil for a root.
    public var parentSpanID: SpanID?
    public var traceState = ""
    public var name: String
    /// `SpanKind`: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
    public var kind: Int32 = 0
    /// `SpanFlags`.
    public var flags: UInt32 = 0
    /// Unix nanoseconds.
    public var startTime: UInt64
    /// Unix nanoseconds.
    public var endTime: UInt64
    public var attributes: [Attribute] = []
    public var droppedAttributesCount: UInt32 = 0
    public var events: [Event] = []
    public var droppedEventsCount: UInt32 = 0
    public var links: [Link] = []
    public var droppedLinksCount: UInt32 = 0
    /// `StatusCode`: 0 unset, 1 ok, 2 error.
    public var statusCode: Int32 = 0
    public var statusMessage = ""

    /// A span without attributes; the other properties are set afterwards.
    public init(traceID: TraceID, spanID: SpanID, parentSpanID: SpanID? = nil, name: String, startTime: UInt64, endTime: UInt64) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.name = name
        self.startTime = startTime
        self.endTime = endTime
    }

    /// A span in place.
    public init(_ view: SpanView) {
        self.init(
            traceID: view.traceID, spanID: view.spanID, parentSpanID: view.parentSpanID, name: String(decoding: view.name, as: UTF8.self),
            startTime: view.startTime, endTime: view.endTime)
        traceState = String(decoding: view.traceState, as: UTF8.self)
        kind = view.kind
        flags = view.flags
        attributes = view.attributes.decoded()
        droppedAttributesCount = view.droppedAttributesCount
        events = view.events.map { Event($0) }
        droppedEventsCount = view.droppedEventsCount
        links = view.links.map { Link($0) }
        droppedLinksCount = view.droppedLinksCount
        statusCode = view.statusCode
        statusMessage = String(decoding: view.statusMessage, as: UTF8.self)
    }
}
