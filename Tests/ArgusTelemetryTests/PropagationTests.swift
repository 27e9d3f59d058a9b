// Trace context in headers, as W3C Trace Context has it.

import ArgusBus
import ArgusOTLP
import Testing
import Tracing

@testable import ArgusTelemetry

@Suite struct PropagationTests {
    private static let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func aHeaderIsReadAndWritten() throws {
        let context = try #require(SpanContext(traceparent: Self.traceparent))
        #expect(context.traceID.hex == "0af7651916cd43dd8448eb211c80319c")
        #expect(context.spanID.hex == "b7ad6b7169203331")
        #expect(context.isSampled)
        #expect(context.traceparent == Self.traceparent)
        #expect(SpanContext(traceparent: Self.traceparent.dropLast() + "2")?.isSampled == false)
        #expect(SpanContext(traceparent: "cc" + Self.traceparent.dropFirst(2) + "-what-the-future-will-be-like") == context)
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1", "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01", "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
    ])
    func whatTheStandardIgnoresIsIgnored(_ header: String) {
        #expect(SpanContext(traceparent: header) == nil)
        #expect(InstrumentationContext(headers: ["traceparent": header]).spanContext == nil)
    }

    @Test func messagesCarryTheSpanAcross() {
        let harness = Harness()
        var headers: MessageHeaders = [:]
        let span = harness.tracer.startSpan("call", ofKind: .producer)
        InstrumentationContext.$current.withValue(span.context) { headers.inject() }
        var copy: MessageHeaders = [:]
        harness.tracer.inject(span.context, into: &copy, using: MessageHeadersPropagator())
        #expect(copy == headers)
        let received = InstrumentationContext(headers: headers)
        var extracted = InstrumentationContext.topLevel
        harness.tracer.extract(headers, into: &extracted, using: MessageHeadersPropagator())
        #expect(received.spanContext == span.spanContext)
        #expect(extracted.spanContext == span.spanContext)
    }

    @Test func httpHeadersAreReadInAnyCase() {
        let harness = Harness()
        var context = InstrumentationContext.topLevel
        harness.tracer.extract(
            ["Traceparent": Self.traceparent, "TraceState": "vendor=1"], into: &context, using: HeaderDictionaryPropagator())
        #expect(context.spanContext?.traceparent == Self.traceparent)
        var headers: [String: String] = [:]
        let child = harness.tracer.startSpan("child", context: context)
        harness.tracer.inject(child.context, into: &headers, using: HeaderDictionaryPropagator())
        #expect(headers == ["traceparent": child.spanContext.traceparent, "tracestate": "vendor=1"])
    }

    @Test func nothingIsInjectedOutsideOfSpans() {
        var headers: MessageHeaders = [:]
        headers.inject()
        #expect(headers.isEmpty)
    }
}
