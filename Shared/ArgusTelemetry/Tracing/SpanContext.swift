// What identifies a span across processes.

public import ArgusOTLP
public import Tracing

/// Trace, span and sampling decision, as `traceparent` and `tracestate` carry them (W3C Trace Context, level 1).
public struct SpanContext: Sendable, Hashable {
    public let traceID: TraceID
    public let spanID: SpanID
    /// Whether the trace is recorded.
    public let isSampled: Bool
    /// The `tracestate` header as it came; passed on, never read.
    public let traceState: String

    /// A context.
    public init(traceID: TraceID, spanID: SpanID, isSampled: Bool, traceState: String = "") {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.traceState = traceState
    }

    /// Parses a `traceparent` header; nil where the standard says to ignore it. A `traceState` that is longer than the 512 characters that
    /// everybody passes on is left out.
    public init?(traceparent: String, traceState: String = "") {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, Self.isHex(parts[0], count: 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.isHex(parts[1], count: 32), let traceID = TraceID(hex: parts[1]),
            Self.isHex(parts[2], count: 16), let spanID = SpanID(hex: parts[2]),
            Self.isHex(parts[3], count: 2), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.init(
            traceID: traceID, spanID: spanID, isSampled: flags & 1 == 1, traceState: traceState.utf8.count <= 512 ? traceState : "")
    }

    /// The `traceparent` header's value, version 00.
    public var traceparent: String { "00-\(traceID.hex)-\(spanID.hex)-\(isSampled ? "01" : "00")" }

    /// The standard allows lower case only.
    private static func isHex(_ text: Substring, count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}

private enum SpanContextKey: InstrumentationContextKey {
    typealias Value = SpanContext
}

extension InstrumentationContext {
    /// The span that a task works within, ours or a caller's.
    public var spanContext: SpanContext? {
        get { self[SpanContextKey.self] }
        set { self[SpanContextKey.self] = newValue }
    }
}
