// Traces as the API answers them, compared with what was sent.

import ArgusOTLP
import ArgusShared
import Testing

@testable import OTLPCollector

@Suite("Traces are found", .serialized)
struct TraceAnswerTests {
    private static let world = QueryWorld(seed: 11, traces: 150, logs: 150)

    /// A question and which traces answer it.
    private struct Question: Sendable {
        var items: [(String, String)]
        var isMeant: @Sendable (NaiveTrace) -> Bool
    }

    private static func spanQuestion(_ items: [(String, String)], _ isMeant: @escaping @Sendable (QueryWorld.Span) -> Bool) -> Question {
        Question(items: items) { $0.spans.contains(where: isMeant) }
    }

    private static let questions: [Question] = [
        Question(items: []) { _ in true },
        Question(items: [("status", "error")]) { $0.errors > 0 },
        Question(items: [("status", "ok")]) { $0.errors == 0 },
        Question(items: [("min_duration", "500ms")]) { $0.duration >= 500_000_000 },
        Question(items: [("max_duration", "1000")]) { $0.duration <= 1_000_000 },
        Question(items: [("min_duration", "1ms"), ("max_duration", "1s"), ("status", "ok")]) {
            (1_000_000...1_000_000_000).contains($0.duration) && $0.errors == 0
        },
        spanQuestion([("service", "payment")]) { $0.service == "payment" },
        spanQuestion([("service", "größe")]) { $0.service == "größe" },
        spanQuestion([("service", "unknown_service")]) { $0.service == "unknown_service" },
        spanQuestion([("service", "nobody")]) { _ in false },
        spanQuestion([("operation", "reserve*")]) { $0.operation == "reserve*" },
        spanQuestion([("service", "chaos-order"), ("operation", "GET /items/{id}")]) {
            $0.service == "chaos-order" && $0.operation == "GET /items/{id}"
        },
        spanQuestion([("attribute", "http.response.status_code=500")]) { $0.has("http.response.status_code", "500") },
        spanQuestion([("attribute", "cached=true"), ("attribute", "customer=order-42")]) {
            $0.has("cached", "true") && $0.has("customer", "order-42")
        },
        spanQuestion([("attribute", "tags=red"), ("service", "payment")]) { $0.service == "payment" },
        spanQuestion([("attribute", "host.name=host-of-Inventory_DB")]) { $0.service == "Inventory_DB" },
        spanQuestion([("attribute", "process.pid=4242"), ("attribute", "customer=日本")]) { $0.has("customer", "日本") },
        spanQuestion([("attribute", "customer=timeout")]) { $0.has("customer", "timeout") },
        spanQuestion([("attribute", "customer=absent")]) { _ in false },
        spanQuestion([("q", "gateway")]) { QueryWorld.holds($0.words, "gateway") },
        spanQuestion([("q", "TIMEOUT")]) { QueryWorld.holds($0.words, "timeout") },
        spanQuestion([("q", "naïve charge")]) { QueryWorld.holds($0.words, "naïve charge") },
        spanQuestion([("q", "order-42")]) { QueryWorld.holds($0.words, "order-42") },
        spanQuestion([("q", "retry*")]) { QueryWorld.holds($0.words, "retry*") },
        spanQuestion([("q", "日本"), ("service", "payment")]) { $0.service == "payment" && QueryWorld.holds($0.words, "日本") },
        spanQuestion([("q", "cache lock")]) { QueryWorld.holds($0.words, "cache lock") },
        spanQuestion([("q", "nosuchword")]) { _ in false },
        Question(items: [("service", "payment"), ("status", "error"), ("min_duration", "1ms")]) {
            $0.services.contains("payment") && $0.errors > 0 && $0.duration >= 1_000_000
        },
    ]

    @Test(arguments: QueryBed.Kind.allCases)
    func everyFilterFindsWhatANaiveSearchFinds(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            for question in Self.questions {
                let answer = try await bed.ask("/api/traces", question.items + QueryWorld.range() + [("limit", "1000")])
                let expected = Self.world.traces.filter(question.isMeant).sorted { $0.start > $1.start }
                let found = answer["traces"]?.arrayValue ?? []
                #expect(found.compactMap { $0["trace_id"]?.stringValue } == expected.map(\.id.hex), "\(question.items)")
                #expect(answer["truncated"] == .bool(false))
                #expect(answer["next_cursor"] == .null)
            }
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func aSummarySaysWhatTheSpansSay(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let answer = try await bed.ask("/api/traces", QueryWorld.range() + [("limit", "1000")])
            let traces = Dictionary(uniqueKeysWithValues: Self.world.traces.map { ($0.id.hex, $0) })
            let found = answer["traces"]?.arrayValue ?? []
            #expect(found.count == traces.count)
            for summary in found {
                let trace = try #require(traces[summary["trace_id"]?.stringValue ?? ""])
                #expect(summary["start_ns"]?.stringValue == String(trace.start))
                #expect(summary["end_ns"]?.stringValue == String(trace.end))
                #expect(summary["duration_us"]?.numberValue == Double(trace.duration) / 1000)
                #expect(summary["span_count"]?.integerValue == Int64(trace.spans.count))
                #expect(summary["error_count"]?.integerValue == Int64(trace.errors))
                #expect(summary["status"]?.stringValue == (trace.errors > 0 ? "error" : "ok"))
                #expect(summary["services"]?.arrayValue?.compactMap(\.stringValue) == trace.services)
                #expect(summary["has_root"]?.boolValue == (trace.root != nil))
                let named = try #require(trace.root ?? trace.spans.min { $0.start < $1.start })
                #expect(summary["root_service"]?.stringValue == named.service)
                #expect(summary["root_operation"]?.stringValue == named.operation)
            }
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func pagingVisitsEverythingOnceInEveryOrder(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let ranks: [(String, @Sendable (NaiveTrace) -> Int64)] = [
                ("start", { $0.start }), ("duration", { $0.duration }), ("spans", { Int64($0.spans.count) }),
                ("errors", { Int64($0.errors) }),
            ]
            let traces = Dictionary(uniqueKeysWithValues: Self.world.traces.map { ($0.id.hex, $0) })
            for (key, rank) in ranks {
                for sort in [key, "-\(key)"] {
                    for filter in [[], [("service", "payment")], [("status", "ok")], [("min_duration", "1ms")]] {
                        let pages = try await bed.pages(
                            "/api/traces", QueryWorld.range() + filter + [("sort", sort), ("limit", "7")], "traces")
                        let ids = pages.joined().compactMap { $0["trace_id"]?.stringValue }
                        let all = try await bed.ask("/api/traces", QueryWorld.range() + filter + [("sort", sort), ("limit", "1000")])
                        #expect(ids == all["traces"]?.arrayValue?.compactMap { $0["trace_id"]?.stringValue }, "\(sort) \(filter)")
                        #expect(Set(ids).count == ids.count)
                        let found = ids.compactMap { traces[$0].map(rank) }
                        #expect(found == found.sorted(by: sort.hasPrefix("-") ? { $0 > $1 } : { $0 < $1 }), "\(sort) \(filter)")
                        #expect(pages.dropLast().allSatisfy { $0.count == 7 })
                    }
                }
            }
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func aRangeHoldsTracesThatStartInIt(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let starts = Self.world.traces.map(\.start).sorted()
            let (first, last) = (starts[20], starts[60])
            let answer = try await bed.ask("/api/traces", QueryWorld.range(first, last) + [("limit", "1000")])
            #expect(answer["traces"]?.arrayValue?.compactMap { $0["start_ns"]?.stringValue } == starts[20..<60].reversed().map(String.init))
            // A span that meets conditions must be in the range too.
            let searched = try await bed.ask("/api/traces", QueryWorld.range(first, last) + [("limit", "1000"), ("service", "payment")])
            let expected = Self.world.traces.filter { trace in
                trace.start >= first && trace.start < last
                    && trace.spans.contains { $0.service == "payment" && $0.start >= first && $0.start < last }
            }
            #expect(Set(searched["traces"]?.arrayValue?.compactMap { $0["trace_id"]?.stringValue } ?? []) == Set(expected.map(\.id.hex)))
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func aTraceHasAllItsSpansAndLogs(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            for trace in Self.world.traces.prefix(40) {
                let answer = try await bed.ask("/api/traces/\(trace.id.hex)")
                #expect(answer["truncated"]?.boolValue == false)
                let spans = answer["spans"]?.arrayValue ?? []
                let expected = trace.spans.sorted { ($0.start, $0.spanID) < ($1.start, $1.spanID) }
                #expect(spans.count == expected.count)
                for (span, sent) in zip(spans, expected) { Self.compare(span, sent) }
                let logs = Self.world.logs.filter { $0.traceID == trace.id }
                let found = answer["logs"]?.arrayValue ?? []
                #expect(found.compactMap { $0["body"]?.stringValue }.sorted() == logs.map(\.body).sorted())
                #expect(found.compactMap { $0["time_ns"]?.stringValue } == logs.map(\.time).sorted().map(String.init))
            }
        }
    }

    private static func compare(_ span: JSONValue, _ sent: QueryWorld.Span) {
        #expect(span["span_id"]?.stringValue == sent.spanID.hex)
        #expect(span["trace_id"]?.stringValue == sent.traceID.hex)
        #expect(span["parent_span_id"]?.stringValue == sent.parent?.hex)
        #expect(span["service"]?.stringValue == sent.service)
        #expect(span["name"]?.stringValue == sent.operation)
        #expect(span["kind"]?.stringValue == sent.kind.text)
        #expect(span["start_ns"]?.stringValue == String(sent.start))
        #expect(span["end_ns"]?.stringValue == String(sent.end))
        #expect(span["status"]?["code"]?.stringValue == (sent.isError ? "error" : "unset"))
        #expect(span["status"]?["message"]?.stringValue == (sent.isError ? sent.message : nil))
        #expect(span["attributes"]?["ratio"] == .number(0.25))
        #expect(span["attributes"]?["tags"]?[0] == .string("red"))
        #expect(span["events"]?[0]?["name"]?.stringValue == sent.event)
        #expect(span["resource"]?["process.pid"] == .integer(4242))
        #expect(span["scope"]?["name"]?.stringValue == "test.scope")
        for attribute in sent.attributes {
            guard case .string(let text) = attribute.value else { continue }
            #expect(span["attributes"]?[attribute.key]?.stringValue == text)
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func aTraceThatIsNotThereIsNotFound(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, nil) { bed in
            #expect(try await bed.get("/api/traces/0af7651916cd43dd8448eb211c80319c").status == 404)
            for text in ["0", "abc", "00000000000000000000000000000000", "0af7651916cd43dd8448eb211c80319g", "'%20OR%201=1--"] {
                let answer = try await bed.get("/api/traces/\(text)")
                #expect(answer.status == 400, "\(text): \(answer.text)")
            }
            let empty = try await bed.ask("/api/traces")
            #expect(empty["traces"]?.arrayValue?.isEmpty == true)
            #expect(try await bed.ask("/api/traces", [("service", "a"), ("q", "b")])["traces"]?.arrayValue?.isEmpty == true)
        }
    }
}
