// Makes spans that go to Argus.

import ArgusOTLP
public import Tracing

/// A tracer of swift-distributed-tracing that hands ended spans to a `TelemetryExporter`.
///
/// A span without a parent begins a trace and decides whether it is sampled; the others follow their parent. Thread-safe.
public struct ArgusTracer: Tracer {
    /// Spans of this tracer.
    public typealias Span = ArgusSpan

    private let buffer: TelemetryBuffer
    private let scope: String
    private let sampling: Sampling

    init(buffer: TelemetryBuffer, scope: String, sampling: Sampling) {
        self.buffer = buffer
        self.scope = scope
        self.sampling = sampling
    }

    /// Starts a span as a child of the context's.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> ArgusSpan {
        var context = context()
        let parent = context.spanContext
        let traceID = parent?.traceID ?? .random()
        let spanContext = SpanContext(
            traceID: traceID, spanID: .random(), isSampled: parent?.isSampled ?? sampling.includes(traceID),
            traceState: parent?.traceState ?? "")
        context.spanContext = spanContext
        return ArgusSpan(
            operationName, kind: kind, context: context, spanContext: spanContext, parent: parent?.spanID,
            startTime: instant().nanosecondsSinceEpoch, scope: scope, buffer: spanContext.isSampled ? buffer : nil)
    }

    /// The same for callers that know no `Tracer`.
    public func startAnySpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> any Tracing.Span {
        startSpan(operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID, line: line)
    }

    /// Asks the exporter not to wait for its next interval.
    public func forceFlush() {
        buffer.wake()
    }

    /// Writes `traceparent` and `tracestate`.
    public func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let span = context.spanContext else { return }
        injector.inject(span.traceparent, forKey: TraceHeader.traceparent, into: &carrier)
        if !span.traceState.isEmpty { injector.inject(span.traceState, forKey: TraceHeader.tracestate, into: &carrier) }
    }

    /// Reads `traceparent` and `tracestate`; what the standard says to ignore leaves the context as it was.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let traceparent = extractor.extract(key: TraceHeader.traceparent, from: carrier),
            let span = SpanContext(
                traceparent: traceparent, traceState: extractor.extract(key: TraceHeader.tracestate, from: carrier) ?? "")
        else { return }
        context.spanContext = span
    }
}

/// Which traces are recorded: a share of them, decided by the trace id, so that every process decides alike.
struct Sampling: Sendable {
    private let threshold: UInt64

    /// - Parameter ratio: 0 for none, 1 for all.
    init(ratio: Double) {
        threshold = ratio >= 1 ? .max : UInt64(max(ratio, 0) * 0x1p56)
    }

    /// The last seven bytes are those that W3C Trace Context wants to be random.
    func includes(_ traceID: TraceID) -> Bool {
        threshold == .max || traceID.low & 0x00FF_FFFF_FFFF_FFFF < threshold
    }
}

extension TraceID {
    static func random() -> TraceID {
        TraceID(high: .random(in: 0...UInt64.max), low: .random(in: 1...UInt64.max))
    }
}

extension SpanID {
    static func random() -> SpanID {
        SpanID(value: .random(in: 1...UInt64.max))
    }
}
