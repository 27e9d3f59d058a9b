// A damaged segment is an error, or other telemetry, but never a crash.

import ArgusOTLP
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct DamageTests {
    private let filter = SpanFilter(service: "cart", attributes: [.init(key: "key.500", value: "500")], words: ["alpha", "b*"])

    private func readSpans(_ body: [UInt8]) throws {
        let segment = try SpanSegment(id: 1, body: body)
        _ = try? segment.matches(SpanFilter(words: ["alpha"]))
        _ = try? segment.matches(filter)
        for traceID in segment.traceIDs.prefix(3) { _ = try? segment.spans(of: traceID) }
        try segment.forEachSpan { _ in }
    }

    private func readLogs(_ body: [UInt8]) throws {
        let segment = try LogSegment(id: 1, body: body)
        _ = try? segment.matches(LogFilter(words: ["alpha"], traceID: TraceID(high: 1, low: 1)))
        _ = try? segment.matches(LogFilter(services: ["cart"], minimumSeverity: .info, words: ["b*"]))
        try segment.forEachRecord { _ in }
    }

    private func damage(_ body: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var damaged = body
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0..<damaged.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: damaged[place] = 0xFF
            case 1: damaged[place] &+= 1
            case 2: damaged.remove(at: place)
            case 3: damaged.insert(.random(in: 0 ... .max, using: &generator), at: place)
            default: damaged[place] = .random(in: 0 ... .max, using: &generator)
            }
        }
        return damaged
    }

    @Test(arguments: 1...3) func damagedSpansDoNotCrash(seed: UInt64) {
        var samples = SegmentSamples(seed: seed)
        let body = SpanBatch.decode([SegmentSamples.message(samples.spanGroups(traces: 4))]).batch.seal().body
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<250 { try? readSpans(damage(body, &generator)) }
        for length in stride(from: 0, to: body.count, by: 41) {
            #expect(throws: SegmentError.self) { try readSpans(Array(body[..<length])) }
        }
    }

    @Test(arguments: 1...3) func damagedLogsDoNotCrash(seed: UInt64) {
        var samples = SegmentSamples(seed: seed)
        let body = LogBatch.decode([SegmentSamples.message(samples.logGroups(records: 12))]).batch.seal().body
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<250 { try? readLogs(damage(body, &generator)) }
        for length in stride(from: 0, to: body.count, by: 41) {
            #expect(throws: SegmentError.self) { try readLogs(Array(body[..<length])) }
        }
    }

    @Test func anotherVersionOrSignalIsRefused() {
        var samples = SegmentSamples(seed: 1)
        var body = SpanBatch.decode([SegmentSamples.message(samples.spanGroups(traces: 2))]).batch.seal().body
        #expect(throws: SegmentError.self) { try LogSegment(id: 1, body: body) }
        body[0] = 2
        #expect(throws: SegmentError.self) { try SpanSegment(id: 1, body: body) }
    }

    /// Requests that were damaged on their way are rejected, or read like any other.
    @Test(arguments: 1...3) func damagedRequestsDoNotCrash(seed: UInt64) throws {
        var samples = SegmentSamples(seed: seed)
        let spans = SegmentSamples.message(samples.spanGroups(traces: 4))
        let logs = SegmentSamples.message(samples.logGroups(records: 12))
        var generator = SeededGenerator(seed: seed)
        for round in 0..<100 {
            var damaged = round % 2 == 0 ? spans : logs
            damaged.payload = damage(damaged.payload, &generator)
            if damaged.signal == .traces {
                let sealed = SpanBatch.decode([damaged, spans]).batch.seal()
                try readSpans(sealed.body)
            } else {
                damaged.sequence = 2
                try readLogs(LogBatch.decode([damaged, logs]).batch.seal().body)
            }
        }
    }
}
