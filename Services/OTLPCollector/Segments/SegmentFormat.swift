// The format of stored segments.

/// Version 1. Integers are varints (seven bits a byte, least significant first), signed ones zigzag; fixed ones are least significant
/// first.
/// A section is its length and so many bytes. A list is its count and so many things.
///
///     segment    = version (1 byte), signal (1 byte), item count, least time (8 bytes), strings, attributes, bodies, origins, items
///     strings    = section: list of (length, UTF-8)
///     attributes = section: list of (key: string, length, encoded AnyValue)
///     bodies     = section: list of (length, encoded AnyValue)
///     origins    = section: list of (length, origin)
///     origin     = service: string, list of attribute, dropped attributes, schema URL: string,
///                  scope name: string, version: string, list of attribute, dropped attributes, schema URL: string
///
///     items of spans = section: list of (trace id (16 bytes), count (4), offset of its first span from the end of this list (4)), spans
///     span           = flags (2 bytes), span id (8), parent, start - start of the span before it (of the trace's first span: least time),
///                      duration, tail: section
///     parent         = nothing, or its place among the trace's spans, or its id (8 bytes)
///     tail           = origin, name: string, list of attribute, and what the flags say:
///                      trace state: string; trace flags; status message: string; dropped attributes, events, links; list of event; list
/// of link
///     event          = signed time - span's start, name: string, list of attribute, dropped attributes
///     link           = trace id (16), span id (8), trace state: string, flags, list of attribute, dropped attributes
///
///     items of logs  = records in order of time
///     record         = section: flags (2 bytes), time - time of the record before it (of the first: least time), severity number, origin,
///                      body, list of attribute, and what the flags say: observed time - time (signed); trace id (16); span id (8);
///                      trace flags; severity text: string; event name: string; dropped attributes
///
/// "string", "attribute", "origin" and "body" are numbers in those tables. Differences of times are
/// signed, but for those from a record of logs to the one before it.
enum SegmentFormat {
    static let version: UInt8 = 1

    /// Flags of a span, over its kind (bits 0-2) and its status code (bits 3-4).
    enum SpanFlag {
        static let parentIsLocal: UInt16 = 1 << 5
        static let parentIsForeign: UInt16 = 1 << 6
        static let traceState: UInt16 = 1 << 7
        static let flags: UInt16 = 1 << 8
        static let statusMessage: UInt16 = 1 << 9
        static let dropped: UInt16 = 1 << 10
        static let events: UInt16 = 1 << 11
        static let links: UInt16 = 1 << 12
        static let kindMask: UInt16 = 7
        static let statusShift: UInt16 = 3
    }

    /// Flags of a log record.
    enum LogFlag {
        /// The record's own time was given, and it is the one it is ordered by.
        static let hasTime: UInt16 = 1 << 0
        static let observedTime: UInt16 = 1 << 1
        static let traceID: UInt16 = 1 << 2
        static let spanID: UInt16 = 1 << 3
        static let flags: UInt16 = 1 << 4
        static let severityText: UInt16 = 1 << 5
        static let eventName: UInt16 = 1 << 6
        static let dropped: UInt16 = 1 << 7
    }
}
