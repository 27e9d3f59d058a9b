// The seeded random test of the state machine against the naive model.

import Foundation
import Testing

@testable import GroupingProcessor

@Suite struct RandomTests {
    /// `ARGUS_RANDOM_EVENTS` sets how many events there are in total, `ARGUS_RANDOM_SEED` runs that seed alone.
    private static let environment = ProcessInfo.processInfo.environment
    private static let runs = Int(environment["ARGUS_RANDOM_EVENTS"] ?? "").map { $0 / RandomRun.eventsPerRun } ?? 2550
    private static let seed = environment["ARGUS_RANDOM_SEED"].flatMap { UInt64($0) }

    @Test(arguments: 0..<4) func theStateEqualsTheModel(part: Int) throws {
        if let seed = Self.seed {
            var run = RandomRun(seed: seed)
            return try run.run()
        }
        for seed in stride(from: part, to: Self.runs, by: 4) {
            var run = RandomRun(seed: UInt64(seed + 1))
            try run.run()
        }
    }
}
