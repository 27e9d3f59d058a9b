// Trace context in message and HTTP headers.

import ArgusBus
public import ArgusShared
public import HTTPTypes
public import Tracing

/// Puts trace context into a message's headers, and takes it out.
struct MessagePropagator: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout MessageHeaders) {
        carrier[key] = value
    }

    func extract(key: String, from carrier: MessageHeaders) -> String? {
        carrier[key]
    }
}

/// Takes trace context out of an HTTP request's headers.
struct HTTPExtractor: Extractor {
    func extract(key: String, from carrier: HTTPFields) -> String? {
        HTTPField.Name(key).flatMap { carrier[$0] }
    }
}

/// Collects what a tracer injects.
private struct DictionaryInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key] = value
    }
}

extension Tracer {
    /// The trace and span of a context, as others are told of them.
    public func traceContext(of context: InstrumentationContext) -> TraceContext? {
        var carrier: [String: String] = [:]
        inject(context, into: &carrier, using: DictionaryInjector())
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
        extract(headers, into: &context, using: MessagePropagator())
        return context
    }
}
