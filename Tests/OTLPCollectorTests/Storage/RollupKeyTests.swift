// Names and buckets as rollups have them.

import Testing

@testable import OTLPCollector

@Suite struct RollupKeyTests {
    @Test func namesAreCutWhereACharacterEnds() {
        #expect(RollupKey.stored("GET /") == "GET /")
        #expect(RollupKey.stored(String(repeating: "a", count: 600)).utf8.count == 512)
        let cut = RollupKey.stored("a" + String(repeating: "ö", count: 400))
        #expect(cut == "a" + String(repeating: "ö", count: 255))
        #expect(RollupKey.stored(cut) == cut)
        #expect(RollupKey.stored("a\u{0}b") == "a\u{FFFD}b")
    }

    @Test func keysAreThoseOfStoredNames() {
        let long = String(repeating: "x", count: 1000)
        #expect(RollupKey(10, long + "1", "a\u{0}") == RollupKey(10, long + "2", "a\u{FFFD}"))
        #expect(RollupKey(10, "a", "b") != RollupKey(20, "a", "b"))
        #expect(RollupKey(10, "a", "b").timeless == RollupKey(20, "a", "b").timeless)
    }

    @Test(arguments: [
        (RollupStep.tenSeconds, 19, 10), (.tenSeconds, -1, -10), (.minute, 59, 0), (.minute, 60, 60), (.hour, 7199, 3600),
        (.hour, -3600, -3600),
    ])
    func bucketsBeginAtMultiples(step: RollupStep, seconds: Int64, bucket: Int64) {
        #expect(step.bucket(of: seconds) == bucket)
    }

    @Test func eachStepHasWholeBucketsOfTheOneBefore() {
        for step in RollupStep.allCases {
            guard let coarser = step.coarser else { continue }
            #expect(coarser.rawValue % step.rawValue == 0)
        }
    }
}

@Suite struct ServiceListTests {
    @Test func listsAreSortedJSON() throws {
        var lists = ServiceLists()
        #expect(lists.text(["b\"", "a"]) == #"["a","b\""]"#)
        #expect(try lists.union(#"["a","c"]"#, ["b"]) == #"["a","b","c"]"#)
        #expect(try lists.union(#"["a","c"]"#, ["c"]) == #"["a","c"]"#)
        #expect(try lists.union(#"["a"]"#, ["a"]) == #"["a"]"#)
        #expect(throws: (any Error).self) { try lists.union("[", ["a"]) }
    }
}
