// Calls between services are counted once, however a trace is cut into batches.

import ArgusOTLP
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct EdgeResolverTests {
    private static let services = ["a", "b", "c", "d"]
    private static let traceID = TraceID(high: 7, low: 9)

    private struct Span {
        var id: UInt64
        var parent: UInt64?
        var service: String
        var start: UInt64
        var duration: UInt64
        var isError: Bool

        var edgeSpan: OTLPSpan {
            var span = OTLPSpan(
                traceID: EdgeResolverTests.traceID, spanID: SpanID(value: id), parentSpanID: parent.map { SpanID(value: $0) }, name: "op",
                startTime: start, endTime: start + duration)
            span.statusCode = isError ? 2 : 0
            return span
        }
    }

    private func trace(_ generator: inout SeededGenerator) -> [Span] {
        (1...UInt64.random(in: 1...20, using: &generator)).map { id in
            // A parent may be any span, also one that is not there, a later one or the span itself.
            let parent = UInt64.random(in: 0...22, using: &generator)
            return Span(
                id: id, parent: parent == 0 ? nil : parent, service: Self.services[Int.random(in: 0..<4, using: &generator)],
                start: UInt64.random(in: 0...30_000_000_000, using: &generator),
                duration: UInt64.random(in: 0...1_000_000, using: &generator),
                isError: Bool.random(using: &generator))
        }
    }

    private func expected(_ spans: [Span]) -> RollupDelta {
        var delta = RollupDelta()
        for span in spans {
            guard let parent = spans.first(where: { $0.id == span.parent }), parent.service != span.service else { continue }
            delta.add(
                Edge(
                    caller: parent.service, callee: span.service, start: Int64(span.start), duration: Int64(span.duration),
                    isError: span.isError))
        }
        return delta
    }

    /// Stores parts one after the other as a database would, and gives all edges.
    private func stored(_ parts: [[Span]]) throws -> RollupDelta {
        var edges = RollupDelta()
        var directories: [[UInt8]] = []
        for part in parts where !part.isEmpty {
            let groups = Dictionary(grouping: part, by: \.service).map { service, spans in
                OTLPGroup(
                    resource: OTLPResource(attributes: [Attribute("service.name", service)]),
                    scopes: [.init(scope: OTLPScope(), items: spans.map(\.edgeSpan))])
            }
            let batch = SpanBatch.decode([SegmentSamples.message(groups)]).batch
            let resolver = try EdgeResolver(earlier: directories)
            let known = batch.spans.indices.filter { resolver.contains(batch.spans[$0].spanID) }
            let sealed = batch.seal(excluding: Set(known))
            edges.edges.merge(sealed.rollups.edges) { $0.merging($1) }
            for part in sealed.traces {
                for edge in resolver.edges(of: try TraceDirectory(decoding: part.directory)) { edges.add(edge) }
                directories.append(part.directory)
            }
        }
        return edges
    }

    @Test(arguments: 1...60) func anyPartitionGivesTheSameEdges(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let spans = trace(&generator)
        let wanted = expected(spans).edges
        for _ in 0..<5 {
            var parts = [[Span]](repeating: [], count: Int.random(in: 1...6, using: &generator))
            for span in spans.shuffled(using: &generator) {
                parts[Int.random(in: 0..<parts.count, using: &generator)].append(span)
                // Delivered again, in the same batch or another.
                if Int.random(in: 0..<4, using: &generator) == 0 { parts[Int.random(in: 0..<parts.count, using: &generator)].append(span) }
            }
            #expect(try stored(parts).edges == wanted)
        }
    }

    @Test func aDirectoryIsReadOrRefused() throws {
        let directory = TraceDirectory(
            services: ["a", "b"],
            spans: [.init(spanID: SpanID(value: 1), service: 1), .init(spanID: SpanID(value: .max), service: 0)],
            orphans: [.init(parent: SpanID(value: 9), service: 1, start: -5, duration: .max >> 1, isError: true)])
        let bytes = directory.encode()
        #expect(try TraceDirectory(decoding: bytes) == directory)
        for length in 0..<bytes.count { #expect(throws: SegmentError.self) { try TraceDirectory(decoding: Array(bytes[..<length])) } }
        #expect(throws: SegmentError.self) { try TraceDirectory(decoding: bytes + [0]) }
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<4000 {
            var damaged = bytes
            for _ in 0...2 { damaged[Int.random(in: 0..<damaged.count, using: &generator)] = .random(in: 0 ... .max, using: &generator) }
            _ = try? TraceDirectory(decoding: damaged)
        }
    }
}

extension RollupDelta.Totals {
    fileprivate func merging(_ other: Self) -> Self {
        var merged = self
        merged.merge(other)
        return merged
    }
}
