// Spans as they are exported.

import ArgusOTLP
import Testing
import Tracing

@testable import ArgusTelemetry

@Suite struct TracerTests {
    private struct Failure: Error, CustomStringConvertible {
        var description: String { "no stock" }
    }

    @Test func aSpanHasAllThatWasSet() throws {
        let harness = Harness()
        let other = harness.tracer.startSpan("other")
        let span = harness.tracer.startSpan("first name", ofKind: .server, at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1000))
        span.operationName = "GET /orders"
        span.attributes["http.response.status_code"] = 500
        span.attributes["http.request.method"] = "GET"
        span.updateAttributes { $0["ratio"] = 0.5 }
        span.attributes["flags"] = [true, false]
        span.addEvent(SpanEvent(name: "retry", at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1500), attributes: ["attempt": 2]))
        span.addLink(SpanLink(context: other.context, attributes: ["why": "batch"]))
        span.addLink(SpanLink(context: .topLevel, attributes: [:]))
        span.recordError(Failure())
        span.setStatus(SpanStatus(code: .error, message: "gone"))
        span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 2000))
        let exported = try #require(try harness.spans.first)
        #expect(exported.traceID == span.spanContext.traceID)
        #expect(exported.spanID == span.spanContext.spanID)
        #expect(exported.parentSpanID == nil)
        #expect(exported.name == "GET /orders")
        #expect(exported.kind == 2)
        #expect(exported.flags == 1)
        #expect((exported.startTime, exported.endTime) == (1000, 2000))
        #expect(
            exported.attributes == [
                Attribute("flags", .array([.bool(true), .bool(false)])), Attribute("http.request.method", "GET"),
                Attribute("http.response.status_code", .int(500)), Attribute("ratio", .double(0.5)),
            ])
        #expect(exported.events.map(\.name) == ["retry", "exception"])
        #expect(exported.events.first == .init(time: 1500, name: "retry", attributes: [Attribute("attempt", .int(2))]))
        #expect(exported.events.last?.attributes.first == Attribute("exception.message", "no stock"))
        #expect(
            exported.links == [
                .init(
                    traceID: other.spanContext.traceID, spanID: other.spanContext.spanID, attributes: [Attribute("why", "batch")], flags: 1)
            ])
        #expect(exported.statusCode == 2)
        #expect(exported.statusMessage == "gone")
    }

    @Test func childrenFollowTheirParents() throws {
        let harness = Harness()
        let outer = harness.tracer.withSpan("outer") { outer in
            #expect(InstrumentationContext.current?.spanContext == outer.spanContext)
            harness.tracer.withSpan("inner", ofKind: .client) { inner in
                #expect(inner.spanContext.traceID == outer.spanContext.traceID)
                #expect(inner.spanContext.spanID != outer.spanContext.spanID)
            }
            return outer
        }
        let spans = try harness.spans
        #expect(spans.map(\.name) == ["inner", "outer"])
        #expect(spans.first?.parentSpanID == outer.spanContext.spanID)
        #expect(spans.last?.parentSpanID == nil)
        #expect(try harness.spanGroups.first?.scopes.first?.scope == OTLPScope(name: "test", version: "2"))
        #expect(try harness.spanGroups.first?.resource.attributes.first == Attribute("service.name", "tests"))
    }

    @Test func aThrowingOperationEndsInError() throws {
        let harness = Harness()
        #expect(throws: Failure.self) { try harness.tracer.withSpan("work") { _ in throw Failure() } }
        let span = try #require(try harness.spans.first)
        #expect(span.statusCode == 2)
        #expect(span.events.map(\.name) == ["exception"])
    }

    @Test func nothingChangesASpanThatHasEnded() throws {
        let harness = Harness()
        let span = harness.tracer.startSpan("once")
        #expect(span.isRecording)
        span.end()
        #expect(!span.isRecording)
        span.operationName = "twice"
        span.attributes["late"] = 1
        span.end()
        #expect(try harness.spans.map(\.name) == ["once"])
        #expect(span.operationName == "once")
    }

    @Test func anOKStatusIsFinal() throws {
        let harness = Harness()
        let span = harness.tracer.startSpan("work")
        span.setStatus(SpanStatus(code: .ok))
        span.setStatus(SpanStatus(code: .error, message: "too late"))
        span.end()
        #expect(try harness.spans.first?.statusCode == 1)
    }

    @Test func limitsAreCounted() throws {
        let harness = Harness()
        let span = harness.tracer.startSpan("much")
        for index in 0..<130 {
            span.attributes["attribute \(index)"] = index
            span.addEvent(SpanEvent(name: "event \(index)"))
            span.addLink(SpanLink(context: span.context, attributes: [:]))
        }
        span.end()
        let exported = try #require(try harness.spans.first)
        #expect(exported.attributes.count == 128)
        #expect(exported.droppedAttributesCount == 2)
        #expect(exported.events.count == 128)
        #expect(exported.droppedEventsCount == 2)
        #expect(exported.links.count == 128)
        #expect(exported.droppedLinksCount == 2)
    }

    @Test func aTraceIsSampledAsAWhole() throws {
        let harness = Harness(sampleRatio: 0)
        harness.tracer.withSpan("root") { root in
            #expect(!root.isRecording)
            #expect(root.spanContext.traceparent.hasSuffix("-00"))
            harness.tracer.withSpan("child") { #expect(!$0.spanContext.isSampled) }
        }
        var context = InstrumentationContext.topLevel
        context.spanContext = SpanContext(traceID: .random(), spanID: .random(), isSampled: true)
        harness.tracer.withSpan("of a sampled caller", context: context) { #expect($0.isRecording) }
        #expect(try harness.spans.map(\.name) == ["of a sampled caller"])
    }

    @Test func aShareIsAboutThatShare() {
        let sampling = Sampling(ratio: 0.25)
        let sampled = (0..<20_000).count { _ in sampling.includes(.random()) }
        #expect((4000..<6000).contains(sampled))
    }

    @Test func whatFindsNoRoomIsCountedAndGone() throws {
        let harness = Harness(maximumItems: 3)
        for index in 0..<5 { harness.tracer.startSpan("\(index)").end() }
        #expect(try harness.spans.map(\.name) == ["0", "1", "2"])
        #expect(harness.buffer.counts(of: .traces).dropped == 2)
        harness.buffer.removeFirst(2, of: .traces, areExported: true)
        harness.tracer.startSpan("again").end()
        #expect(try harness.spans.map(\.name) == ["2", "again"])
        let small = Harness(maximumBytes: 100)
        for _ in 0..<3 { small.tracer.startSpan("a name of some length").end() }
        #expect(small.buffer.counts(of: .traces).buffered == 1)
        #expect(small.buffer.counts(of: .traces).dropped == 2)
    }

    @Test func aBatchEndsAtTheBytesThatFit() {
        let harness = Harness()
        for _ in 0..<10 { harness.tracer.startSpan("span").end() }
        let one = harness.buffer.batch(of: .traces, maximumBytes: 1)
        #expect(one.count == 1)
        #expect(harness.buffer.batch(of: .traces, maximumBytes: one[0].bytes.count * 3).count == 3)
    }
}
