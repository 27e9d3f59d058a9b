// The decoder beside generated protobuf code, on requests that are valid, damaged and arbitrary.

import ArgusOTLP
import Foundation
import OTLPReference
import SwiftProtobuf
import Testing

@Suite struct FuzzTests {
    /// More by `ARGUS_FUZZ_ITERATIONS`; another start by `ARGUS_FUZZ_SEED`.
    private static let iterations = number("ARGUS_FUZZ_ITERATIONS", otherwise: 4000)
    private static let seed = UInt64(number("ARGUS_FUZZ_SEED", otherwise: 3))

    @Test func tracesAreReadLikeGeneratedCodeReadsThem() throws {
        try Self.run { random in
            OTLPTraces.request(random.groups { $0.span() })
        } check: { bytes, comment in
            let ours = bytes.withUnsafeBytes { try? OTLPTraces.groups(in: $0) }.map { OTLPTraces.request($0) }
            #expect(ours == ReferenceDecoder.spans(bytes).map { OTLPTraces.request($0) }, comment)
            let check = bytes.withUnsafeBytes { try? OTLPTraces.validate($0) }
            #expect((check == nil) == (ours == nil), comment)
            guard let check, let reference = try? ReferenceTraces(serializedBytes: bytes) else { return ours != nil }
            let spans = reference.resourceSpans.flatMap(\.scopeSpans).flatMap(\.spans)
            let refused = spans.enumerated().compactMap { index, span in ReferenceDecoder.refusal(of: span).map { (index, $0) } }
            #expect(check.spans == spans.count, comment)
            #expect(check.invalid.map(\.index) == refused.map(\.0), comment)
            #expect(check.invalid.map(\.reason) == refused.map(\.1), comment)
            return true
        }
    }

    @Test func logsAreReadLikeGeneratedCodeReadsThem() throws {
        try Self.run { random in
            OTLPLogs.request(random.groups { $0.logRecord() })
        } check: { bytes, comment in
            let ours = bytes.withUnsafeBytes { try? OTLPLogs.groups(in: $0) }
            #expect(ours.map { OTLPLogs.request($0) } == ReferenceDecoder.logs(bytes).map { OTLPLogs.request($0) }, comment)
            let count = bytes.withUnsafeBytes { try? OTLPLogs.validate($0) }
            #expect(count == ours.map { $0.flatMap(\.scopes).map(\.items.count).reduce(0, +) }, comment)
            return ours != nil
        }
    }

    @Test func metricPointsAreCountedLikeGeneratedCodeCountsThem() throws {
        try Self.run { random in
            random.metrics()
        } check: { bytes, comment in
            let ours = bytes.withUnsafeBytes { try? OTLPMetrics.countPoints(in: $0) }
            #expect(ours == ReferenceDecoder.points(bytes), comment)
            return ours != nil
        }
    }

    /// `check` tells whether the bytes were accepted; a run in which hardly any or nearly all were tests nothing.
    private static func run(_ valid: (inout RandomTelemetry) -> [UInt8], check: ([UInt8], Comment) throws -> Bool) throws {
        var accepted = 0
        for iteration in 0..<iterations {
            let seed = seed &* 1_000_003 &+ UInt64(iteration)
            var random = RandomTelemetry(seed: seed)
            var bytes = valid(&random)
            if random.chance(85) {
                let other = valid(&random)
                var mutator = Mutator(random: random)
                bytes = mutator.mutate(bytes, with: other)
            } else if random.chance(10) {
                bytes = (0..<random.below(60)).map { _ in UInt8(random.below(256)) }
            }
            // A failure names the bytes, to keep for a test of their own.
            if try check(bytes, "seed \(seed): \(Data(bytes).base64EncodedString())") { accepted += 1 }
        }
        #expect(accepted > iterations / 10)
        #expect(accepted < iterations * 95 / 100)
    }

    private static func number(_ name: String, otherwise: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? otherwise
    }
}
