// Trace context in message and HTTP headers.

import ArgusBus
public import ArgusShared
import ArgusTelemetry
public import HTTPTypes
public import Tracing

/// Takes trace context out of an HTTP request's headers.
struct HTTPExtractor: Extractor {
    func extract(key: String, from carrier: HTTPFields) -> String? {
        HTTPField.Name(key).flatMap { carrier[$0] }
    }
}

extension Tracer {
    /// The trace and span of a context, as others are told of them.
    public func traceContext(of context: InstrumentationContext) -> TraceContext? {
        var carrier: [String: String] = [:]
        inject(context, into: &carrier, using: HeaderDictionaryPropagator())
        return carrier[HeaderName.traceparent].flatMap { TraceContext(traceparent: $0) }
    }

    /// The context that an HTTP request came with.
    public func context(of headers: HTTPFields) -> InstrumentationContext {
        var context = InstrumentationContext.topLevel
        extract(headers, into: &context, using: HTTPExtractor())
        return context
    }

    /// The context that a message came with.
    func context(of headers: MessageHeaders) -> InstrumentationContext {
        var context = InstrumentationContext.topLevel
        extract(headers, into: &context, using: MessageHeadersPropagator())
        return context
    }
}
