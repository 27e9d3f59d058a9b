// Log records, decoded.

/// OTLP `LogRecord`.
public struct OTLPLogRecord: Sendable, Hashable {
    /// Unix nanoseconds; 0 is unknown.
    public var time: UInt64
    /// Unix nanoseconds; 0 is unknown.
    public var observedTime: UInt64
    /// `SeverityNumber`: 0 unspecified, 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn, 17-20 error, 21-24 fatal.
    public var severityNumber: Int32
    public var severityText: String
    public var body: AnyValue
    public var attributes: [Attribute] = []
    public var droppedAttributesCount: UInt32 = 0
    public var eventName = ""
    public var traceID: TraceID?
    public var spanID: SpanID?
    public var flags: UInt32 = 0

    /// A record without attributes; the other properties are set afterwards.
    public init(time: UInt64, observedTime: UInt64 = 0, severityNumber: Int32 = 0, severityText: String = "", body: AnyValue = .empty) {
        self.time = time
        self.observedTime = observedTime
        self.severityNumber = severityNumber
        self.severityText = severityText
        self.body = body
    }

    /// A record in place.
    public init(_ view: LogView) {
        self.init(
            time: view.time, observedTime: view.observedTime, severityNumber: view.severityNumber,
            severityText: String(decoding: view.severityText, as: UTF8.self), body: view.body.decoded())
        attributes = view.attributes.decoded()
        droppedAttributesCount = view.droppedAttributesCount
        eventName = String(decoding: view.eventName, as: UTF8.self)
        traceID = view.traceID
        spanID = view.spanID
        flags = view.flags
    }
}
