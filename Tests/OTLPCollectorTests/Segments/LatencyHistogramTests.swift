// Buckets, quantiles and the encoding of latency histograms.

import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct LatencyHistogramTests {
    @Test func bucketsFollowOneAnother() {
        for bucket in 0..<LatencyHistogram.bucketCount {
            let lower = LatencyHistogram.lowerBound(ofBucket: bucket)
            let last = lower + (LatencyHistogram.width(ofBucket: bucket) - 1)
            #expect(LatencyHistogram.bucket(of: lower) == bucket && LatencyHistogram.bucket(of: last) == bucket)
            if bucket + 1 < LatencyHistogram.bucketCount {
                #expect(LatencyHistogram.lowerBound(ofBucket: bucket + 1) == last + 1)
            } else {
                #expect(last == .max)
            }
        }
        #expect(LatencyHistogram.bucket(of: -5) == 0)
    }

    @Test func powersOfTwoAreBorders() {
        for power in 0..<63 {
            let value = Int64(1) << Int64(power)
            #expect(LatencyHistogram.lowerBound(ofBucket: LatencyHistogram.bucket(of: value)) == value)
        }
    }

    @Test(arguments: 1...20) func quantilesAreWithinTheStatedError(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let values = (0..<Int.random(in: 1...2000, using: &generator)).map { _ in
            Int64.random(in: 0...(Int64.max >> Int64.random(in: 0...62, using: &generator)), using: &generator)
        }
        var histogram = LatencyHistogram()
        for value in values { histogram.record(value) }
        let sorted = values.sorted()
        for q in [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1] {
            let exact = sorted[max(Int((q * Double(sorted.count)).rounded(.up)), 1) - 1]
            #expect(abs(Double(histogram.quantile(q)) - Double(exact)) <= Double(exact) / 64)
        }
        #expect(histogram.count == Int64(values.count))
    }

    @Test(arguments: 1...20) func mergingIsCountingTogether(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var parts = [LatencyHistogram](repeating: LatencyHistogram(), count: 4)
        var whole = LatencyHistogram()
        for _ in 0..<300 {
            let value = Int64.random(in: 0...(Int64.max >> Int64.random(in: 0...62, using: &generator)), using: &generator)
            whole.record(value)
            parts[Int.random(in: 0..<4, using: &generator)].record(value)
        }
        var merged = LatencyHistogram()
        var decoded = LatencyHistogram()
        for part in parts {
            merged.merge(part)
            try decoded.merge(encoded: part.encode())
            #expect(try LatencyHistogram(decoding: part.encode()) == part)
        }
        #expect(merged == whole && decoded == whole && merged.encode() == whole.encode())
        var sum: Int64 = 0
        whole.forEachBucket { lower, count in
            #expect(LatencyHistogram.lowerBound(ofBucket: LatencyHistogram.bucket(of: lower)) == lower)
            sum += count
        }
        #expect(sum == 300)
    }

    @Test func anEmptyHistogramHasNothing() throws {
        #expect(LatencyHistogram().quantile(0.5) == 0)
        #expect(try LatencyHistogram(decoding: LatencyHistogram().encode()).isEmpty)
    }

    @Test(
        arguments: [[], [2], [1, 0x80], [1, 5], [1, 0xFF, 0x7F, 1], [1, 3, 0], [1] + [UInt8](repeating: 0xFF, count: 12)] as [[UInt8]])
    func damagedBytesAreRefused(bytes: [UInt8]) {
        #expect(throws: SegmentError.self) { try LatencyHistogram(decoding: bytes) }
    }

    @Test func whateverBytesAreRead() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<4000 {
            let bytes = [1] + (0..<Int.random(in: 0...12, using: &generator)).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
            _ = try? LatencyHistogram(decoding: bytes)
        }
    }
}
