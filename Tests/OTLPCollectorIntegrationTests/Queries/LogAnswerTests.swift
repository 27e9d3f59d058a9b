// Logs as the API answers them, compared with what was sent.

import ArgusOTLP
import ArgusShared
import Testing

@testable import OTLPCollector

@Suite("Logs are found", .serialized)
struct LogAnswerTests {
    private static let world = QueryWorld(seed: 23, traces: 40, logs: 600)

    private struct Question: Sendable {
        var items: [(String, String)]
        var isMeant: @Sendable (QueryWorld.Log) -> Bool
    }

    private static let questions: [Question] = [
        Question(items: []) { _ in true },
        Question(items: [("service", "payment")]) { $0.service == "payment" },
        Question(items: [("service", "nobody")]) { _ in false },
        Question(items: [("severity", "warn")]) { $0.severity >= 13 },
        Question(items: [("severity", "TRACE")]) { $0.severity >= 1 },
        Question(items: [("severity", "fatal"), ("service", "größe")]) { $0.severity >= 21 && $0.service == "größe" },
        Question(items: [("q", "timeout")]) { QueryWorld.holds($0.words, "timeout") },
        Question(items: [("q", "Database LOCK")]) { QueryWorld.holds($0.words, "database lock") },
        Question(items: [("q", "retry* naïve")]) { QueryWorld.holds($0.words, "retry* naïve") },
        Question(items: [("q", "order-42"), ("severity", "info")]) { $0.severity >= 9 && QueryWorld.holds($0.words, "order-42") },
        Question(items: [("q", "attempt")]) { _ in true },
        Question(items: [("q", "nosuchword")]) { _ in false },
    ]

    /// What tells one log from another, as far as a test needs.
    private static func key(_ log: QueryWorld.Log) -> String {
        "\(log.time) \(log.service) \(log.severity) \(log.body) \(log.traceID?.hex ?? "") \(log.spanID?.hex ?? "")"
    }

    private static func key(_ log: JSONValue) -> String {
        let time = log["time_ns"]?.stringValue ?? ""
        return
            "\(time) \(log["service"]?.stringValue ?? "") \(log["severity_number"]?.integerValue ?? -1) \(log["body"]?.stringValue ?? "") "
            + "\(log["trace_id"]?.stringValue ?? "") \(log["span_id"]?.stringValue ?? "")"
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func everyFilterFindsWhatANaiveSearchFinds(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let ofTrace = try #require(Self.world.logs.compactMap(\.traceID).first)
            let questions = Self.questions + [Question(items: [("trace_id", ofTrace.hex)]) { $0.traceID == ofTrace }]
            for question in questions {
                let answer = try await bed.ask("/api/logs", question.items + QueryWorld.range() + [("limit", "1000")])
                let found = answer["logs"]?.arrayValue ?? []
                let expected = Self.world.logs.filter(question.isMeant)
                #expect(found.map(Self.key).sorted() == expected.map(Self.key).sorted(), "\(question.items)")
                #expect(found.compactMap { $0["time_ns"]?.stringValue } == expected.map(\.time).sorted(by: >).map(String.init))
                #expect(answer["next_cursor"] == .null)
            }
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func pagingVisitsEverythingOnce(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            for question in Self.questions {
                for limit in ["1000", "13"] {
                    let pages = try await bed.pages("/api/logs", question.items + QueryWorld.range() + [("limit", limit)], "logs")
                    let ids = pages.joined().compactMap { $0["id"]?.stringValue }
                    #expect(Set(ids).count == ids.count)
                    #expect(ids.count == Self.world.logs.filter(question.isMeant).count)
                    let places = pages.joined().map {
                        (Int64($0["time_ns"]?.stringValue ?? "") ?? 0, Int64($0["id"]?.stringValue ?? "") ?? 0)
                    }
                    #expect(zip(places, places.dropFirst()).allSatisfy { $0 > $1 })
                }
            }
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func aRangeIsExact(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let start = QueryWorld.begin + 600 * QueryWorld.second
            let end = QueryWorld.begin + 700 * QueryWorld.second
            let found = try await bed.ask("/api/logs", QueryWorld.range(start, end) + [("limit", "1000")])["logs"]?.arrayValue ?? []
            let expected = Self.world.logs.filter { $0.time >= start && $0.time < end }
            #expect(found.map(Self.key).sorted() == expected.map(Self.key).sorted())
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func aLogIsFoundByItsIdentifier(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let logs = try await bed.ask("/api/logs", QueryWorld.range() + [("limit", "50")])["logs"]?.arrayValue ?? []
            for log in logs {
                let id = try #require(log["id"]?.stringValue)
                #expect(try await bed.ask("/api/logs/\(id)") == log)
            }
            for (id, status) in [
                ("0", 404), ("1", 404), ("9223372036854775807", 404), ("x", 400), ("-1", 400), ("99999999999999999999", 400),
            ] {
                #expect(try await bed.get("/api/logs/\(id)").status == status)
                #expect(try await bed.get("/api/logs/context?id=\(id)").status == status)
            }
            #expect(try await bed.get("/api/logs/context").field == "id")
            // A segment of spans is no segment of logs.
            #expect(try await bed.get("/api/logs/\(LogID(segment: 1, index: 0).text)").status == 404)
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func theContextIsTheMinuteAround(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let logs = try await bed.ask("/api/logs", QueryWorld.range() + [("limit", "1000")])["logs"]?.arrayValue ?? []
            for log in logs.prefix(300).filter({ $0["service"]?.stringValue != nil }).prefix(15) {
                for isAll in [true, false] {
                    let id = log["id"]?.stringValue ?? ""
                    let answer = try await bed.ask("/api/logs/context", [("id", id), ("all", String(isAll)), ("limit", "1000")])
                    let ids = ["before", "after"].flatMap { answer[$0]?.arrayValue ?? [] }.compactMap { $0["id"]?.stringValue }
                    let time = Int64(log["time_ns"]?.stringValue ?? "") ?? 0
                    let expected = logs.reversed().filter { other in
                        let distance = (Int64(other["time_ns"]?.stringValue ?? "") ?? 0) - time
                        return other != log && abs(distance) <= 60 * QueryWorld.second && (isAll || other["service"] == log["service"])
                    }
                    #expect(ids == expected.compactMap { $0["id"]?.stringValue })
                    #expect(answer["log"] == log)
                    #expect(answer["truncated"] == .bool(false))
                }
            }
            let middle = try #require(logs[300]["id"]?.stringValue)
            let short = try await bed.ask("/api/logs/context", [("id", middle), ("all", "true"), ("limit", "1")])
            let long = try await bed.ask("/api/logs/context", [("id", middle), ("all", "true")])
            #expect(short["before"]?[0] == long["before"]?.arrayValue?.last)
            #expect(short["after"]?[0] == long["after"]?[0])
            #expect(short["truncated"] == .bool(true))
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func logsAreFollowedInTheOrderTheyWereStored(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let queries = LogQueries(database: bed.database)
            for limit in [1, 7, 100, 5000] {
                var last = LogID(value: 0)
                var count = 0
                while true {
                    let logs = try await queries.after(sequence: last, limit: limit)
                    guard let end = logs.last?.id else { break }
                    #expect(logs.count <= limit)
                    #expect(zip([last] + logs.map(\.id), logs.map(\.id)).allSatisfy { $0 < $1 })
                    last = end
                    count += logs.count
                }
                #expect(count == Self.world.logs.count)
            }
        }
    }
}
