// Refusing spans one by one, and splitting what is too large.

import ArgusOTLP
import Testing

@Suite struct RequestTests {
    private static func span(_ name: String, _ change: (inout OTLPSpan) -> Void = { _ in }) -> OTLPSpan {
        var span = OTLPSpan(traceID: TraceID(high: 1, low: 2), spanID: SpanID(value: 3), name: name, startTime: 10, endTime: 20)
        change(&span)
        return span
    }

    /// Ids of any length, which the record cannot hold.
    private static func encoded(trace: Int = 16, span: Int = 8, parent: Int = 0, start: UInt64 = 1, end: UInt64 = 2, fill: UInt8 = 7)
        -> [UInt8]
    {
        var writer = ProtobufWriter()
        writer.bytes(1, [UInt8](repeating: fill, count: trace))
        writer.bytes(2, [UInt8](repeating: fill, count: span))
        writer.bytes(4, [UInt8](repeating: fill, count: parent))
        writer.fixed64(7, start)
        writer.fixed64(8, end)
        return writer.bytes
    }

    private static func request(_ spans: [[UInt8]]) -> [UInt8] {
        var writer = ProtobufWriter()
        for (index, span) in spans.enumerated() {
            writer.message(1) { writer in
                writer.message(1) { $0.attributes(1, [Attribute("service.name", "s\(index)")]) }
                writer.message(2) { writer in
                    writer.message(1) { $0.string(1, "scope") }
                    writer.bytes(2, span)
                }
            }
        }
        return writer.bytes
    }

    @Test func everyReasonForRefusingIsFound() throws {
        let spans = [
            Self.encoded(), Self.encoded(trace: 0), Self.encoded(trace: 15), Self.encoded(fill: 0), Self.encoded(span: 9),
            Self.encoded(parent: 7), Self.encoded(parent: 8), Self.encoded(start: 3, end: 2), Self.encoded(start: 3, end: 3),
            Self.encoded(start: 1, end: 1 << 63), Self.encoded(span: 0),
        ]
        let check = try Self.request(spans).withUnsafeBytes { try OTLPTraces.validate($0) }
        #expect(check.spans == 11)
        #expect(check.valid == 3)
        #expect(check.invalid.map(\.index) == [1, 2, 3, 4, 5, 7, 9, 10])
        #expect(
            check.invalid.map(\.reason) == [
                .traceIDLength, .traceIDLength, .traceIDZero, .spanIDLength, .parentSpanIDLength, .endBeforeStart, .timeOutOfRange,
                .spanIDLength,
            ])
    }

    @Test func aParentOfZerosIsNone() throws {
        var writer = ProtobufWriter()
        writer.append(encoded: Self.encoded())
        writer.bytes(4, [UInt8](repeating: 0, count: 8))
        try Self.request([writer.bytes]).withUnsafeBytes {
            try OTLPTraces.forEachSpan(in: $0) { _, _, span in
                #expect(span.parentSpanID == nil)
                #expect(span.invalid == nil)
            }
        }
    }

    @Test func refusedSpansAreTakenOutAndFoundElsewhere() throws {
        let request = Self.request([Self.encoded(), Self.encoded(trace: 3), Self.encoded(start: 5, end: 9), Self.encoded(span: 1)])
        let (rest, refused) = try request.withUnsafeBytes { bytes in
            let check = try OTLPTraces.validate(bytes)
            for span in check.invalid {
                #expect(try SpanView(encoded: UnsafeRawBufferPointer(rebasing: bytes[span.range])).invalid == span.reason)
            }
            return (OTLPTraces.removing(check, from: bytes), OTLPTraces.keepingOnly(check, from: bytes))
        }
        #expect(rest == Self.request([Self.encoded()]) + Self.third(request))
        #expect(try rest.withUnsafeBytes { try OTLPTraces.validate($0) }.valid == 2)
        let left = try refused.withUnsafeBytes { try OTLPTraces.validate($0) }
        #expect(left.spans == 2)
        #expect(left.valid == 0)
    }

    private static func third(_ request: [UInt8]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1) { writer in
            writer.message(1) { $0.attributes(1, [Attribute("service.name", "s2")]) }
            writer.message(2) { writer in
                writer.message(1) { $0.string(1, "scope") }
                writer.bytes(2, encoded(start: 5, end: 9))
            }
        }
        return writer.bytes
    }

    @Test func removingNothingOrEverything() throws {
        let request = Self.request([Self.encoded(), Self.encoded()])
        let check = try request.withUnsafeBytes { try OTLPTraces.validate($0) }
        #expect(request.withUnsafeBytes { OTLPTraces.removing(check, from: $0) } == request)
        #expect(request.withUnsafeBytes { OTLPTraces.keepingOnly(check, from: $0) } == [])
    }

    @Test func splittingKeepsEverySpanInOrder() throws {
        for seed in 0..<60 {
            var random = RandomTelemetry(seed: UInt64(seed))
            let groups = (0..<3).flatMap { _ in random.groups { $0.span() } }
            let request = OTLPTraces.request(groups)
            let largest =
                groups.flatMap { group in
                    group.scopes.flatMap { scoped in
                        scoped.items.map { OTLPTraces.request(resource: group.resource, scope: scoped.scope, spans: [$0]).count }
                    }
                }.max() ?? 0
            let limit = largest + 64 + random.below(2000)
            let parts = try request.withUnsafeBytes { try OTLPTraces.split($0, maximumBytes: limit) }
            #expect(parts.allSatisfy { $0.count <= limit })
            let decoded = try parts.flatMap { try $0.withUnsafeBytes { try OTLPTraces.groups(in: $0) } }
            #expect(Self.flat(decoded) == Self.flat(groups))
        }
    }

    private static func flat(_ groups: [OTLPGroup<OTLPSpan>]) -> [[UInt8]] {
        groups.flatMap { group in
            group.scopes.flatMap { scoped in
                scoped.items.map { OTLPTraces.request(resource: group.resource, scope: scoped.scope, spans: [$0]) }
            }
        }
    }

    @Test func whatIsSmallEnoughIsLeftAsItIs() throws {
        let request = Self.request([Self.encoded(), Self.encoded()])
        #expect(try request.withUnsafeBytes { try OTLPTraces.split($0, maximumBytes: request.count) } == [request])
    }

    @Test func aSpanThatIsTooLargeIsAnError() throws {
        let large = Self.span("large") { $0.attributes = [Attribute("a", String(repeating: "x", count: 5000))] }
        let request = OTLPTraces.request(resource: OTLPResource(), spans: [Self.span("a"), large])
        #expect(throws: OTLPError.self) { try request.withUnsafeBytes { try OTLPTraces.split($0, maximumBytes: 4000) } }
    }

    @Test func logsSplitTheSameWay() throws {
        let records = (0..<100).map { OTLPLogRecord(time: UInt64($0), body: .string(String(repeating: "y", count: 100))) }
        let request = OTLPLogs.request(resource: OTLPResource(attributes: [Attribute("service.name", "s")]), records: records)
        let parts = try request.withUnsafeBytes { try OTLPLogs.split($0, maximumBytes: 1000) }
        #expect(parts.count > 10)
        let decoded = try parts.flatMap { try $0.withUnsafeBytes { try OTLPLogs.groups(in: $0) } }
        #expect(decoded.flatMap(\.scopes).flatMap(\.items) == records)
    }

    @Test func idsOfALogAreAbsentWhereTheyAreWrong() throws {
        var writer = ProtobufWriter()
        writer.message(1) { writer in
            writer.message(2) { writer in
                writer.message(2) { writer in
                    writer.bytes(9, [UInt8](repeating: 1, count: 15))
                    writer.bytes(10, [UInt8](repeating: 0, count: 8))
                }
            }
        }
        try writer.bytes.withUnsafeBytes {
            #expect(try OTLPLogs.validate($0) == 1)
            try OTLPLogs.forEachRecord(in: $0) { _, _, record in
                #expect(record.traceID == nil)
                #expect(record.spanID == nil)
            }
        }
    }

    @Test func indexesTellResourcesAndScopesApart() throws {
        var random = RandomTelemetry(seed: 5)
        let groups = (0..<4).flatMap { _ in random.groups { $0.span() } }
        var seen: [(Int, Int)] = []
        try OTLPTraces.request(groups).withUnsafeBytes {
            try OTLPTraces.forEachSpan(in: $0) { resource, scope, _ in seen.append((resource.index, scope.index)) }
        }
        var scope = -1
        let expected = groups.enumerated().flatMap { index, group in
            group.scopes.flatMap { scoped in
                scope += 1
                return scoped.items.map { _ in (index, scope) }
            }
        }
        #expect(seen.map(\.0) == expected.map(\.0))
        #expect(seen.map(\.1) == expected.map(\.1))
    }
}
