// What happens where a search gives up.

import ArgusOTLP
import Testing

@testable import OTLPCollector

@Suite("Searches that give up say so", .serialized)
struct QueryLimitTests {
    private static let world = QueryWorld(seed: 71, traces: 100, logs: 500, perBatch: 15)

    /// The pages of a list of logs, each from at most so many segments.
    private static func logs(_ bed: QueryBed, _ condition: LogCondition, segments: Int) async throws -> [LogRecord] {
        let queries = LogQueries(database: bed.database, limits: QueryLimits(segments: segments))
        var query = LogQuery(condition: condition, limit: 20)
        var logs: [LogRecord] = []
        for _ in 0..<10_000 {
            let page = try await queries.list(query)
            logs += page.logs
            query.cursor = page.next
            if page.next == nil { return logs }
        }
        return []
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func logsGoOnWhereASearchGaveUp(kind: QueryBed.Kind) async throws {
        // Logs in the order of time, as they mostly come: a segment overlaps few others.
        var world = Self.world
        world.logs.sort { $0.time < $1.time }
        world.logBatches = stride(from: 0, to: world.logs.count, by: 10).map { [QueryOTLP.logs(Array(world.logs[$0..<$0 + 10]))] }
        let sorted = world
        try await QueryBed.with(kind, sorted) { bed in
            var condition = LogCondition(range: TimeRange(start: QueryWorld.begin, end: QueryWorld.end))
            let all = try await Self.logs(bed, condition, segments: 10_000)
            #expect(all.count == sorted.logs.count)
            for segments in [3, 5, 20] { #expect(try await Self.logs(bed, condition, segments: segments) == all) }
            condition.words = ["timeout"]
            let some = try await Self.logs(bed, condition, segments: 10_000)
            #expect(try await Self.logs(bed, condition, segments: 4) == some)
            #expect(some.count == sorted.logs.filter { QueryWorld.holds($0.words, "timeout") }.count)
        }
    }

    @Test func logsOfSegmentsThatAllOverlapComeToAnEnd() async throws {
        try await QueryBed.with(.sqlite, Self.world) { bed in
            let condition = LogCondition(range: TimeRange(start: QueryWorld.begin, end: QueryWorld.end))
            let logs = try await Self.logs(bed, condition, segments: 2)
            #expect(logs.count < Self.world.logs.count)
            #expect(Set(logs.map(\.id)).count == logs.count)
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func tracesByDurationGoOnWhereTheListGaveUp(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            for isDescending in [true, false] {
                var query = TraceQuery(range: TimeRange(start: QueryWorld.begin, end: QueryWorld.end))
                query.minimumDuration = 500_000_000
                query.limit = 5
                query.sort.isDescending = isDescending
                let expected = Self.world.traces.filter { $0.duration >= 500_000_000 }.map(\.start).sorted()
                for considered in [7, 100_000] {
                    let queries = TraceQueries(database: bed.database, limits: QueryLimits(traces: considered))
                    var found: [Int64] = []
                    query.cursor = nil
                    repeat {
                        let page = try await queries.list(query)
                        found += page.traces.map(\.start)
                        query.cursor = page.next
                    } while query.cursor != nil && found.count < 1000
                    #expect(found == (isDescending ? expected.reversed() : expected))
                }
            }
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func otherOrdersLookAtTheNewestTraces(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let queries = TraceQueries(database: bed.database, limits: QueryLimits(traces: 30))
            var query = TraceQuery(range: TimeRange(start: QueryWorld.begin, end: QueryWorld.end))
            query.sort = TraceSort(key: .duration, isDescending: true)
            query.limit = 10
            let page = try await queries.list(query)
            let newest = Self.world.traces.sorted { $0.start > $1.start }.prefix(30)
            #expect(page.traces.map(\.duration) == newest.map(\.duration).sorted(by: >).prefix(10).map(\.self))
            #expect(page.isTruncated)
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func aSearchInSpansSaysThatItGaveUp(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            var query = TraceQuery(range: TimeRange(start: QueryWorld.begin, end: QueryWorld.end))
            query.span = SpanFilter(service: "payment")
            query.limit = 1000
            let some = try await TraceQueries(database: bed.database, limits: QueryLimits(segments: 3)).list(query)
            #expect(some.isTruncated)
            let none = try await TraceQueries(database: bed.database, limits: QueryLimits(patience: .zero)).list(query)
            #expect(none.isTruncated)
            let all = try await TraceQueries(database: bed.database).list(query)
            #expect(!all.isTruncated)
            #expect(some.traces == Array(all.traces.prefix(some.traces.count)))
            let few = try await TraceQueries(database: bed.database, limits: QueryLimits(traces: 10)).list(query)
            #expect(few.isTruncated)
            #expect(few.traces == Array(all.traces.prefix(few.traces.count)))
            #expect(all.traces.count == Self.world.traces.filter { $0.services.contains("payment") }.count)
        }
    }
}
