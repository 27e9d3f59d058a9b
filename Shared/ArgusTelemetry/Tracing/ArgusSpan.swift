// A span while it lasts.

import ArgusOTLP
import Synchronization
public import Tracing

/// A span that is exported when it ends, if its trace is sampled.
///
/// Thread-safe. Nothing changes it once it has ended. Beyond 128 attributes, events or links it counts what it leaves out, as OpenTelemetry's
/// limits ask.
public final class ArgusSpan: Tracing.Span {
    private static let limit = 128

    private struct State {
        var name: String
        var attributes: SpanAttributes = [:]
        var events: [SpanEvent] = []
        var links: [SpanLink] = []
        var droppedEvents: UInt32 = 0
        var droppedLinks: UInt32 = 0
        var status: SpanStatus?
        var isEnded = false
    }

    /// The context for children: it names this span.
    public let context: InstrumentationContext
    /// Trace and span.
    public let spanContext: SpanContext

    private let kind: SpanKind
    private let parent: SpanID?
    private let startTime: UInt64
    private let scope: String
    /// nil for a span that is not sampled.
    private let buffer: TelemetryBuffer?
    private let state: Mutex<State>

    init(
        _ name: String, kind: SpanKind, context: InstrumentationContext, spanContext: SpanContext, parent: SpanID?, startTime: UInt64,
        scope: String, buffer: TelemetryBuffer?
    ) {
        self.kind = kind
        self.context = context
        self.spanContext = spanContext
        self.parent = parent
        self.startTime = startTime
        self.scope = scope
        self.buffer = buffer
        state = Mutex(State(name: name))
    }

    /// Whether what is set will be exported.
    public var isRecording: Bool { buffer != nil && state.withLock { !$0.isEnded } }

    /// The span's name.
    public var operationName: String {
        get { state.withLock { $0.name } }
        set { update { $0.name = newValue } }
    }

    /// The span's attributes.
    public var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { update { $0.attributes = newValue } }
    }

    /// Sets the status; `ok` is final, as OpenTelemetry asks.
    public func setStatus(_ status: SpanStatus) {
        update { state in
            if state.status?.code != .ok { state.status = status }
        }
    }

    /// Adds an event.
    public func addEvent(_ event: SpanEvent) {
        update { state in
            if state.events.count < Self.limit { state.events.append(event) } else { state.droppedEvents += 1 }
        }
    }

    /// Adds an `exception` event (semantic conventions).
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        var attributes = attributes
        attributes["exception.type"] = String(reflecting: type(of: error))
        attributes["exception.message"] = "\(error)"
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    /// Adds a link; one to a context without a span is left out.
    public func addLink(_ link: SpanLink) {
        guard link.context.spanContext != nil else { return }
        update { state in
            if state.links.count < Self.limit { state.links.append(link) } else { state.droppedLinks += 1 }
        }
    }

    /// Ends the span and hands it over. Only the first call counts.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let endTime = instant().nanosecondsSinceEpoch
        let ended: State? = state.withLock { state in
            guard !state.isEnded else { return nil }
            state.isEnded = true
            return state
        }
        guard let buffer, let ended else { return }
        var writer = ProtobufWriter(capacity: 512)
        writer.fields(of: record(of: ended, endTime: max(endTime, startTime)))
        buffer.append(writer.bytes, scope: scope, to: .traces)
    }

    private func update(_ body: (inout sending State) -> Void) {
        guard buffer != nil else { return }
        state.withLock { state in
            if !state.isEnded { body(&state) }
        }
    }

    private func record(of state: State, endTime: UInt64) -> OTLPSpan {
        var span = OTLPSpan(
            traceID: spanContext.traceID, spanID: spanContext.spanID, parentSpanID: parent, name: state.name, startTime: startTime,
            endTime: endTime)
        span.traceState = spanContext.traceState
        span.kind = kind.code
        span.flags = spanContext.isSampled ? 1 : 0
        (span.attributes, span.droppedAttributesCount) = state.attributes.encoded(limit: Self.limit)
        span.events = state.events.map { event in
            let (attributes, dropped) = event.attributes.encoded(limit: Self.limit)
            return .init(time: event.nanosecondsSinceEpoch, name: event.name, attributes: attributes, droppedAttributesCount: dropped)
        }
        span.droppedEventsCount = state.droppedEvents
        span.links = state.links.compactMap { link in
            guard let target = link.context.spanContext else { return nil }
            let (attributes, dropped) = link.attributes.encoded(limit: Self.limit)
            return .init(
                traceID: target.traceID, spanID: target.spanID, traceState: target.traceState, attributes: attributes,
                droppedAttributesCount: dropped, flags: target.isSampled ? 1 : 0)
        }
        span.droppedLinksCount = state.droppedLinks
        switch state.status?.code {
        case .ok: span.statusCode = 1
        case .error:
            span.statusCode = 2
            span.statusMessage = state.status?.message ?? ""
        case nil: break
        }
        return span
    }
}
