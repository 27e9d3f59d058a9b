// A span, decoded in full.

import ArgusOTLP

/// A span as it was received. Times are unix nanoseconds.
struct SpanRecord: Sendable, Hashable {
    var traceID: TraceID
    var spanID: SpanID
    /// nil for a root span.
    var parentSpanID: SpanID?
    /// W3C `tracestate`; empty if not given.
    var traceState = ""
    /// W3C trace flags and OTLP's own bits above them.
    var flags: UInt32 = 0
    /// The operation.
    var name: String
    var kind: SpanKind = .unspecified
    var start: Int64
    /// Not before `start`.
    var end: Int64
    var status = SpanStatus()
    /// The resource's `service.name`, or ``Resource/unknownService``.
    var service: String
    var resource = Resource()
    var scope = Scope()
    var attributes: [Attribute] = []
    var droppedAttributes: UInt32 = 0
    var events: [SpanEvent] = []
    var droppedEvents: UInt32 = 0
    var links: [SpanLink] = []
    var droppedLinks: UInt32 = 0

    /// Nanoseconds.
    var duration: Int64 { end - start }
    var isError: Bool { status.code == .error }
}

/// OTLP `SpanKind`. A number that is none of these is read as `unspecified`.
enum SpanKind: Int, Sendable, Hashable, CaseIterable {
    case unspecified = 0
    case `internal` = 1
    case server = 2
    case client = 3
    case producer = 4
    case consumer = 5
}

/// OTLP `Status`.
struct SpanStatus: Sendable, Hashable {
    /// A number that is none of these is read as `unset`.
    enum Code: Int, Sendable, Hashable, CaseIterable {
        case unset = 0
        case ok = 1
        case error = 2
    }

    var code: Code = .unset
    var message = ""
}

/// Something that happened at a moment within a span.
struct SpanEvent: Sendable, Hashable {
    var time: Int64
    var name: String
    var attributes: [Attribute] = []
    var droppedAttributes: UInt32 = 0
}

/// Another span, possibly of another trace, that belongs to this one.
struct SpanLink: Sendable, Hashable {
    var traceID: TraceID
    var spanID: SpanID
    var traceState = ""
    var flags: UInt32 = 0
    var attributes: [Attribute] = []
    var droppedAttributes: UInt32 = 0
}
