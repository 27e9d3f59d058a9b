// Searching segments finds what a look at each decoded item finds.

import ArgusOTLP
import Testing

@testable import OTLPCollector

@Suite struct SearchTests {
    /// All terms of a value that is searched.
    private static func terms(_ value: AnyValue) -> [String] {
        switch value {
        case .string(let text): SearchTerms.all(in: text)
        case .bool(let flag): ["\(flag)"]
        case .int(let number): SearchTerms.all(in: "\(number)")
        case .double(let number): number == number.rounded() && abs(number) < 1e15 ? SearchTerms.all(in: "\(Int64(number))") : []
        case .array(let elements): elements.flatMap(terms)
        case .keyValues(let attributes): terms(attributes)
        case .empty, .bytes: []
        }
    }

    private static func terms(_ attributes: [Attribute]) -> [String] {
        attributes.flatMap { SearchTerms.all(in: $0.key) + terms($0.value) }
    }

    private static func terms(_ span: SpanRecord) -> [String] {
        [span.name, span.status.message, span.service].flatMap { SearchTerms.all(in: $0) } + terms(span.attributes)
            + terms(span.resource.attributes) + span.events.flatMap { SearchTerms.all(in: $0.name) + terms($0.attributes) }
            + span.links.flatMap { terms($0.attributes) }
    }

    private static func has(_ terms: [String], _ words: [String]) -> Bool {
        words.allSatisfy { word in
            SearchTerms.terms(ofWords: [word]).allSatisfy { wanted in
                terms.contains { wanted.isPrefix ? $0.hasPrefix(wanted.text) : $0 == wanted.text }
            }
        }
    }

    private static func has(_ attributes: [Attribute], _ condition: SpanFilter.Attribute) -> Bool {
        attributes.contains { attribute in
            guard attribute.key == condition.key else { return false }
            if case .array(let elements) = attribute.value { return elements.contains { AttributeText.text(of: $0) == condition.value } }
            return AttributeText.text(of: attribute.value) == condition.value
        }
    }

    private static func isMatch(_ span: SpanRecord, _ filter: SpanFilter) -> Bool {
        (filter.service ?? span.service) == span.service && (filter.operation ?? span.name) == span.name
            && (filter.status ?? span.status.code) == span.status.code && (filter.isError ?? span.isError) == span.isError
            && (filter.kind ?? span.kind) == span.kind && (filter.start?.contains(span.start) ?? true)
            && span.duration >= filter.minimumDuration ?? 0 && span.duration <= filter.maximumDuration ?? .max
            && filter.attributes.allSatisfy { has(span.attributes + span.resource.attributes, $0) } && has(terms(span), filter.words)
    }

    private func indexHas(_ segment: SealedSegment, _ wanted: [SearchTerm]) -> Bool {
        let terms = segment.terms.all
        return wanted.allSatisfy { wanted in terms.contains { wanted.isPrefix ? $0.hasPrefix(wanted.text) : $0 == wanted.text } }
    }

    private func words(_ samples: inout SegmentSamples) -> [String] {
        (0..<samples.number(3)).map { _ in
            let word = samples.word()
            return samples.chance(3) ? String(word.prefix(2)) + "*" : word
        }
    }

    @Test(arguments: 1...12) func spansAreFound(seed: UInt64) throws {
        var samples = SegmentSamples(seed: seed)
        let groups = samples.spanGroups(traces: 12)
        let spans = SpanRecord.all(groups)
        let sealed = SpanBatch.decode([SegmentSamples.message(groups)]).batch.seal()
        let segment = try SpanSegment(id: 1, body: sealed.body)
        var hits = 0
        for _ in 0..<60 {
            var filter = SpanFilter()
            let sample = spans[samples.number(spans.count)]
            if samples.chance(3) { filter.service = sample.service }
            if samples.chance(4) { filter.operation = sample.name }
            if samples.chance(4) { filter.status = sample.status.code }
            if samples.chance(4) { filter.isError = samples.chance(2) }
            if samples.chance(5) { filter.kind = sample.kind }
            if samples.chance(4) { filter.minimumDuration = sample.duration }
            if samples.chance(4) { filter.maximumDuration = sample.duration }
            if samples.chance(4) { filter.start = sample.start..<(sample.start + 5_000_000_000) }
            filter.words = words(&samples)
            if samples.chance(2), let attribute = (sample.attributes + sample.resource.attributes).randomElement(using: &samples.generator)
            {
                var value = attribute.value
                if case .array(let elements) = value, let first = elements.first { value = first }
                filter.attributes.append(.init(key: attribute.key, value: AttributeText.text(of: value) ?? "none"))
            }
            let expected = spans.filter { Self.isMatch($0, filter) }
            let found = try segment.matches(filter)
            hits += found.count
            #expect(Set(found.map(\.traceID)) == Set(expected.map(\.traceID)))
            #expect(found.reduce(0) { $0 + $1.spans } == expected.count)
            for match in found { #expect(match.start == expected.filter { $0.traceID == match.traceID }.map(\.start).min()) }
            if !expected.isEmpty { #expect(indexHas(sealed, filter.terms), "\(filter) needs \(filter.terms)") }
        }
        #expect(hits > 0)
    }

    @Test(arguments: 1...12) func logsAreFound(seed: UInt64) throws {
        var samples = SegmentSamples(seed: seed)
        let message = SegmentSamples.message(samples.logGroups(records: 60))
        let sealed = LogBatch.decode([message]).batch.seal()
        let segment = try LogSegment(id: 1, body: sealed.body)
        var records: [LogRecord] = []
        try segment.forEachRecord { records.append($0) }
        var hits = 0
        for _ in 0..<60 {
            var filter = LogFilter()
            let sample = records[samples.number(records.count)]
            if samples.chance(3) { filter.services = [sample.service, "none"] }
            if samples.chance(3) { filter.minimumSeverity = Severity.allCases[samples.number(7)] }
            if samples.chance(4) { filter.severities = [sample.severity, .fatal] }
            if samples.chance(4) { filter.traceID = sample.traceID }
            if samples.chance(4) { filter.time = sample.time..<(sample.time + 5_000_000_000) }
            filter.words = words(&samples)
            let expected = records.filter { record in
                let terms =
                    Self.terms(record.body) + Self.terms(record.attributes) + Self.terms(record.resource.attributes)
                    + [record.eventName, record.severityText, record.service].flatMap { SearchTerms.all(in: $0) }
                return (filter.services.isEmpty || filter.services.contains(record.service))
                    && record.severity >= filter.minimumSeverity ?? .unspecified
                    && (filter.severities.isEmpty || filter.severities.contains(record.severity))
                    && (filter.traceID == nil || filter.traceID == record.traceID) && (filter.time?.contains(record.time) ?? true)
                    && Self.has(terms, filter.words)
            }
            let found = try segment.matches(filter)
            hits += found.count
            #expect(found == expected.map { LogSegment.Match(index: $0.id.index, time: $0.time) })
            if !expected.isEmpty { #expect(indexHas(sealed, filter.terms), "\(filter) needs \(filter.terms)") }
        }
        #expect(hits > 0)
    }

    @Test func longTermsAreBoundedByTheirBytes() throws {
        let spans = (0..<3000).map { index in
            var span = OTLPSpan(
                traceID: TraceID(high: 1, low: UInt64(index + 1)), spanID: SpanID(value: 1), name: "op", startTime: 1, endTime: 2)
            let filling = String(repeating: "x", count: 60)
            span.attributes = [Attribute("ids", .string((0..<8).map { "\(index)b\($0)\(filling)" }.joined(separator: " ")))]
            return span
        }
        let request = OTLPTraces.request(resource: OTLPResource(), spans: spans)
        let terms = SpanBatch.decode([TelemetryMessage(signal: .traces, sequence: 1, published: 0, payload: request)]).batch.seal().terms
        #expect(terms.isTruncated && terms.all.last == SearchTerms.overflow)
        #expect(terms.text.utf8.count <= SearchTerms.maximumTextBytes && terms.text.utf8.count > SearchTerms.maximumTextBytes - 200)
        #expect(terms.all.count == terms.count)
    }

    @Test func aSegmentWithTooManyTermsSaysSo() throws {
        let spans = (0..<9000).map { index in
            var span = OTLPSpan(
                traceID: TraceID(high: 1, low: UInt64(index + 1)), spanID: SpanID(value: 1), name: "op", startTime: 1, endTime: 2)
            span.attributes = [Attribute("ids", .string((0..<8).map { "a\(index)b\($0)" }.joined(separator: " ")))]
            return span
        }
        let request = OTLPTraces.request(resource: OTLPResource(), spans: spans)
        let sealed = SpanBatch.decode([TelemetryMessage(signal: .traces, sequence: 1, published: 0, payload: request)]).batch.seal()
        #expect(sealed.terms.isTruncated && sealed.terms.count == SearchTerms.maximumCount)
        #expect(sealed.terms.all.count == SearchTerms.maximumCount && Set(sealed.terms.all).count == SearchTerms.maximumCount)
        #expect(sealed.terms.all.last == SearchTerms.overflow)
        let found = try SpanSegment(id: 1, body: sealed.body).matches(SpanFilter(words: ["a8999b7"]))
        #expect(found.map(\.traceID) == [TraceID(high: 1, low: 9000)])
    }
}
