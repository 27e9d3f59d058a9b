// Which rollup rows belong to a range.

import ArgusStorage
import Testing

@testable import OTLPCollector

@Suite("Ranges of rollups")
struct RollupRangeTests {
    private static let second: Int64 = 1_000_000_000

    @Test func aRangeIsWidenedToWholeBuckets() {
        let covered = RollupRange(TimeRange(start: 1003 * Self.second, end: 1041 * Self.second + 1))
        #expect(covered.start == 1000)
        #expect(covered.end == 1050)
        let exact = RollupRange(TimeRange(start: 1000 * Self.second, end: 1040 * Self.second))
        #expect(exact.start == 1000)
        #expect(exact.end == 1040)
        #expect(exact.seconds(now: 2000 * Self.second) == 40)
        // The last bucket is still going on.
        #expect(exact.seconds(now: 1035 * Self.second) == 35)
    }

    @Test func aCoarserRowWidensWhatIsCovered() {
        var covered = RollupRange(TimeRange(start: 7230 * Self.second, end: 7300 * Self.second))
        covered.count(step: 3600, bucket: 7200)
        #expect(covered.start == 7200)
        #expect(covered.end == 10_800)
        #expect(covered.resolution == 3600)
    }

    @Test func everyStepHasAnArm() {
        let covered = RollupRange(TimeRange(start: 7230 * Self.second, end: 7300 * Self.second))
        let (sql, parameters) = covered.statement("spans", from: "span_rollups", filter: [("service = ?", .text("a"))])
        #expect(sql.split(separator: " ").filter { $0 == "UNION" }.count == 2)
        let expected: [[Int64]] = [[7230, 7300], [7200, 7300], [7200, 7300]]
        #expect(parameters == expected.flatMap { [.integer($0[0]), .integer($0[1]), .text("a")] })
    }

    @Test func stepsHoldWholeRows() {
        #expect(RollupRange.step(30, resolution: 10) == 30)
        #expect(RollupRange.step(30, resolution: 60) == 60)
        #expect(RollupRange.step(90, resolution: 60) == 120)
        #expect(RollupRange.step(900, resolution: 3600) == 3600)
    }

    @Test func floorsBeforeTheEpoch() {
        #expect(RollupRange.floor(-1, 10) == -10)
        #expect(RollupRange.floor(-10, 10) == -10)
        #expect(RollupRange.floor(9, 10) == 0)
    }

    @Test func octavesDouble() {
        #expect(LatencyOctave.of(0) == 0)
        #expect(LatencyOctave.of(1) == 0)
        #expect(LatencyOctave.of(2) == 1)
        #expect(LatencyOctave.of(1023) == 9)
        #expect(LatencyOctave.of(1024) == 10)
        #expect(LatencyOctave.lowerBound(10) == 1024)
    }
}
