// Spans of messages become segments and come back.

import ArgusOTLP
import Testing

@testable import OTLPCollector

@Suite struct SpanBatchTests {
    private func records(_ segment: SealedSegment) throws -> [SpanRecord] {
        var records: [SpanRecord] = []
        let reader = try SpanSegment(id: 1, body: segment.body)
        try reader.forEachSpan { records.append($0) }
        #expect(reader.count == records.count)
        return records
    }

    private func byID(_ records: [SpanRecord]) -> [SpanID: SpanRecord] {
        Dictionary(uniqueKeysWithValues: records.map { ($0.spanID, $0) })
    }

    @Test(arguments: 1...20) func everyFieldSurvives(seed: UInt64) throws {
        var samples = SegmentSamples(seed: seed)
        let groups = (0..<3).map { _ in samples.spanGroups(traces: 6) }
        let expected = groups.flatMap(SpanRecord.all)
        let (batch, rejected) = SpanBatch.decode(groups.enumerated().map { SegmentSamples.message($1, sequence: UInt64($0)) })
        #expect(rejected.isEmpty && batch.count == expected.count && batch.duplicates == 0)
        let sealed = batch.seal()
        #expect(byID(try records(sealed)) == byID(expected))
        #expect(sealed.count == expected.count)
        #expect(sealed.minTime == expected.map(\.start).min() && sealed.maxTime == expected.map(\.start).max())
        let reader = try SpanSegment(id: 1, body: sealed.body)
        #expect(reader.traceIDs == batch.traces.map(\.traceID))
        for trace in batch.traces {
            let spans = try reader.spans(of: trace.traceID)
            #expect(spans == expected.filter { $0.traceID == trace.traceID })
            #expect(spans.map(\.spanID) == batch.spans[trace.range].map(\.spanID))
            #expect(spans.map(\.parentSpanID) == batch.spans[trace.range].map(\.parentSpanID))
            #expect(spans.map(\.service) == batch.spans[trace.range].map { batch.services[Int($0.service)] })
        }
        #expect(try reader.spans(of: TraceID(high: 1, low: 2)).isEmpty)
    }

    @Test(arguments: 1...20) func partsAndRollupsAreThoseOfTheSpans(seed: UInt64) throws {
        var samples = SegmentSamples(seed: seed)
        let groups = samples.spanGroups(traces: 10)
        let (batch, _) = SpanBatch.decode([SegmentSamples.message(groups)])
        let sealed = batch.seal()
        try check(sealed, against: SpanRecord.all(groups))
    }

    @Test(arguments: 1...20) func excludedSpansLeaveNoTrace(seed: UInt64) throws {
        var samples = SegmentSamples(seed: seed)
        let groups = (0..<2).map { _ in samples.spanGroups(traces: 5) }
        let messages =
            groups.map { SegmentSamples.message($0) } + [TelemetryMessage(signal: .traces, sequence: 9, published: 0, payload: [7])]
        let (batch, rejected) = SpanBatch.decode(messages)
        #expect(rejected.map(\.kind) == [.message])
        let excluded = Set((0..<batch.count).filter { _ in samples.chance(3) } + Array(batch.traces[0].range))
        let gone = Set(excluded.map { batch.spans[$0].spanID })
        let expected = groups.flatMap(SpanRecord.all).filter { !gone.contains($0.spanID) }
        let sealed = batch.seal(excluding: excluded)
        #expect(byID(try records(sealed)) == byID(expected))
        try check(sealed, against: expected)
        #expect(batch.seal(excluding: Set(0..<batch.count)).count == 0)
    }

    /// Compares what a segment says of its spans with the same computed from them.
    private func check(_ sealed: SealedSegment, against records: [SpanRecord]) throws {
        let traces = Dictionary(grouping: records, by: \.traceID)
        #expect(Set(sealed.traces.map(\.traceID)) == Set(traces.keys) && sealed.traces.count == traces.count)
        var rollups = RollupDelta()
        for part in sealed.traces {
            let spans = try #require(traces[part.traceID])
            #expect(part.spans == spans.count && part.errors == spans.count(where: \.isError))
            #expect(part.start == spans.map(\.start).min() && part.end == spans.map(\.end).max())
            #expect(part.services == Set(spans.map(\.service)).sorted())
            #expect(part.root?.start == spans.filter { $0.parentSpanID == nil }.map(\.start).min())
            for name in [part.first, part.root].compactMap(\.self) {
                #expect(spans.contains { $0.service == name.service && $0.name == name.operation && $0.start == name.start })
            }
            let directory = try TraceDirectory(decoding: part.directory)
            #expect(directory.encode() == part.directory && directory.services == part.services)
            #expect(Set(directory.spans.map(\.spanID)) == Set(spans.map(\.spanID)))
            let byID = byID(spans)
            for span in directory.spans { #expect(byID[span.spanID]?.service == directory.services[span.service]) }
            let orphans = spans.filter { $0.parentSpanID != nil && byID[$0.parentSpanID ?? $0.spanID] == nil }
            #expect(directory.orphans.map(\.start).sorted() == orphans.map(\.start).sorted())
            for span in spans {
                rollups.operations[
                    .init(bucket: span.start / 10_000_000_000 * 10, service: span.service, operation: span.name), default: .init()
                ].add(duration: span.duration, isError: span.isError)
                guard let parent = span.parentSpanID.flatMap({ byID[$0] }), parent.service != span.service else { continue }
                rollups.add(
                    Edge(
                        caller: parent.service, callee: span.service, start: span.start, duration: span.duration, isError: span.isError))
            }
        }
        #expect(sealed.rollups == rollups)
    }

    // MARK: What is not stored

    @Test func repeatedSpansAreStoredOnce() throws {
        var samples = SegmentSamples(seed: 1)
        let groups = samples.spanGroups(traces: 8)
        let message = SegmentSamples.message(groups)
        let (batch, rejected) = SpanBatch.decode([message, message])
        let expected = SpanRecord.all(groups)
        #expect(rejected.isEmpty && batch.count == expected.count && batch.duplicates == expected.count)
        #expect(byID(try records(batch.seal())) == byID(expected))
    }

    @Test func theSameSpanIDInTwoTracesIsTwoSpans() {
        let spans = [1, 2].map {
            OTLPSpan(traceID: TraceID(high: 0, low: $0), spanID: SpanID(value: 5), name: "", startTime: 1, endTime: 1)
        }
        let request = OTLPTraces.request(resource: OTLPResource(), spans: spans)
        let (batch, _) = SpanBatch.decode([TelemetryMessage(signal: .traces, sequence: 1, published: 0, payload: request)])
        #expect(batch.count == 2 && batch.traces.count == 2 && batch.services == ["unknown_service"])
    }

    @Test func aMalformedMessageIsRejectedAsAWhole() throws {
        var samples = SegmentSamples(seed: 2)
        let groups = [samples.spanGroups(traces: 4), samples.spanGroups(traces: 4), samples.spanGroups(traces: 4)]
        var messages = groups.enumerated().map { SegmentSamples.message($1, sequence: UInt64($0)) }
        messages[1].payload.removeLast()
        let (batch, rejected) = SpanBatch.decode(messages)
        #expect(rejected.count == 1)
        #expect(rejected.first?.kind == .message && rejected.first?.message == 1 && rejected.first?.payload == messages[1].payload)
        #expect(byID(try records(batch.seal())) == byID(SpanRecord.all(groups[0]) + SpanRecord.all(groups[2])))
    }

    @Test func invalidSpansAreRejectedWithTheirResource() throws {
        let trace = TraceID(high: 1, low: 1)
        let good = OTLPSpan(traceID: trace, spanID: SpanID(value: 1), name: "good", startTime: 5, endTime: 6)
        let late = OTLPSpan(traceID: trace, spanID: SpanID(value: 2), name: "late", startTime: 7, endTime: 6)
        let nameless = OTLPSpan(traceID: trace, spanID: SpanID(value: 0), name: "nameless", startTime: 7, endTime: 8)
        let resource = OTLPResource(attributes: [Attribute("service.name", "cart")])
        let request = OTLPTraces.request(resource: resource, spans: [late, good, nameless])
        let (batch, rejected) = SpanBatch.decode([TelemetryMessage(signal: .traces, sequence: 4, published: 2, payload: request)])
        #expect(batch.count == 1)
        let item = try #require(rejected.first)
        #expect(rejected.count == 1 && item.kind == .span && item.count == 2 && item.sequence == 4)
        let groups = try item.payload.withUnsafeBytes { try OTLPTraces.groups(in: $0) }
        #expect(groups.first?.resource == resource && groups.first?.scopes.first?.items.map(\.name) == ["late", "nameless"])
    }

    @Test func noMessagesMakeNoSegment() {
        let (batch, rejected) = SpanBatch.decode([])
        #expect(batch.isEmpty && rejected.isEmpty && batch.seal().count == 0 && batch.seal().body.isEmpty)
    }
}
