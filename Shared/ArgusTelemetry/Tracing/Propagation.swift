// Where trace context travels: headers of messages and of HTTP requests.

public import ArgusBus
public import Tracing

enum TraceHeader {
    static let traceparent = "traceparent"
    static let tracestate = "tracestate"
}

/// Trace context in the headers of bus messages.
public struct MessageHeadersPropagator: Injector, Extractor {
    /// The propagator.
    public init() {}

    /// Sets a header.
    public func inject(_ value: String, forKey key: String, into carrier: inout MessageHeaders) {
        carrier[key] = value
    }

    /// Reads a header.
    public func extract(key: String, from carrier: MessageHeaders) -> String? {
        carrier[key]
    }
}

/// Trace context in a dictionary of HTTP headers; their names are read in any case.
public struct HeaderDictionaryPropagator: Injector, Extractor {
    /// The propagator.
    public init() {}

    /// Sets a header.
    public func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key] = value
    }

    /// Reads a header.
    public func extract(key: String, from carrier: [String: String]) -> String? {
        carrier[key] ?? carrier.first { $0.key.lowercased() == key }?.value
    }
}

extension InstrumentationContext {
    /// What a message came with: a top-level context if it has no trace context.
    public init(headers: MessageHeaders) {
        self = .topLevel
        guard let traceparent = headers[TraceHeader.traceparent] else { return }
        spanContext = SpanContext(traceparent: traceparent, traceState: headers[TraceHeader.tracestate] ?? "")
    }
}

extension MessageHeaders {
    /// Adds the trace context of the span that the task works within, if any.
    public mutating func inject(_ context: InstrumentationContext? = .current) {
        guard let span = context?.spanContext else { return }
        self[TraceHeader.traceparent] = span.traceparent
        if !span.traceState.isEmpty { self[TraceHeader.tracestate] = span.traceState }
    }
}
