// Dashboards as the API answers them, compared with the same computed from raw spans.

import ArgusOTLP
import ArgusShared
import ArgusStorage
import Testing

@testable import OTLPCollector

@Suite("Rollups answer what raw spans say", .serialized)
struct RollupAnswerTests {
    private static let world = QueryWorld(seed: 37, traces: 120, logs: 300)

    /// Spans whose 10 s bucket begins in the range widened to whole buckets.
    private static func spans(_ start: Int64, _ end: Int64) -> [QueryWorld.Span] {
        world.spans.filter { $0.start >= RollupRange.floor(start, 10 * QueryWorld.second) && $0.start < ceiling(end) }
    }

    private static func ceiling(_ time: Int64) -> Int64 {
        RollupRange.floor(time - 1, 10 * QueryWorld.second) + 10 * QueryWorld.second
    }

    /// The whole world, a part of it on borders of buckets, and one between them.
    private static let ranges: [(Int64, Int64)] = [
        (QueryWorld.begin, QueryWorld.end),
        (QueryWorld.begin + 300 * QueryWorld.second, QueryWorld.begin + 600 * QueryWorld.second),
        (QueryWorld.begin + 303 * QueryWorld.second + 7, QueryWorld.begin + 605 * QueryWorld.second + 1),
    ]

    /// The value of a quantile among sorted numbers, and how far a histogram may be off.
    private static func isQuantile(_ value: JSONValue?, _ quantile: Double, of durations: [Int64]) -> Bool {
        guard let microseconds = value?.numberValue else { return false }
        guard !durations.isEmpty else { return microseconds == 0 }
        let rank = max(1, Int((quantile * Double(durations.count)).rounded(.up)))
        let exact = Double(durations.sorted()[rank - 1]) / 1000
        return abs(microseconds - exact) <= exact * 0.016 + 1
    }

    private static func isClose(_ value: JSONValue?, _ expected: Double) -> Bool {
        guard let number = value?.numberValue else { return false }
        return abs(number - expected) <= 1e-6 * max(1, abs(expected))
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func theDashboard(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            for (start, end) in Self.ranges {
                let answer = try await bed.ask("/api/metrics/dashboard", QueryWorld.range(start, end))
                let spans = Self.spans(start, end)
                let errors = spans.filter(\.isError)
                #expect(answer["total_spans"]?.integerValue == Int64(spans.count))
                #expect(answer["total_errors"]?.integerValue == Int64(errors.count))
                #expect(Self.isClose(answer["error_rate"], Double(errors.count) / Double(spans.count)))
                let sum = spans.reduce(0.0) { $0 + Double($1.duration) }
                #expect(Self.isClose(answer["avg_latency_ms"], sum / Double(spans.count) / 1e6))
                for (name, quantile) in [("p50_latency", 0.5), ("p95_latency", 0.95), ("p99_latency", 0.99)] {
                    #expect(Self.isQuantile(answer[name], quantile, of: spans.map(\.duration)), "\(name)")
                }
                let logs = Self.world.logs.filter {
                    $0.time >= RollupRange.floor(start, 10 * QueryWorld.second) && $0.time < Self.ceiling(end)
                }
                #expect(answer["total_logs"]?.integerValue == Int64(logs.count))
                #expect(answer["logs_by_severity"]?["fatal"]?.integerValue ?? 0 == Int64(logs.filter { $0.severity >= 21 }.count))
                #expect(answer["active_services"]?.integerValue == Int64(Set(spans.map(\.service)).union(logs.map(\.service)).count))
                Self.compareFailing(answer["top_failing_services"]?.arrayValue ?? [], spans)
            }
            let whole = try await bed.ask("/api/metrics/dashboard", QueryWorld.range())
            #expect(whole["total_traces"]?.integerValue == Int64(Self.world.traces.count))
        }
    }

    private static func compareFailing(_ found: [JSONValue], _ spans: [QueryWorld.Span]) {
        let services = Dictionary(grouping: spans, by: \.service).filter { $0.value.contains(where: \.isError) }
        #expect(found.count == services.count)
        var last = Int64.max
        for item in found {
            let members = services[item["service_name"]?.stringValue ?? ""] ?? []
            let errors = Int64(members.filter(\.isError).count)
            #expect(item["error_count"]?.integerValue == errors)
            #expect(item["total_count"]?.integerValue == Int64(members.count))
            #expect(isClose(item["error_rate"], Double(errors) / Double(members.count)))
            #expect(errors <= last)
            last = errors
        }
    }

    private static let filters: [[(String, String)]] = [
        [], [("service", "payment")], [("operation", "charge")], [("service", "größe"), ("operation", "GET /items/{id}")],
        [("service", "nobody")],
    ]

    private static func isMeant(_ span: QueryWorld.Span, _ filter: [(String, String)]) -> Bool {
        filter.allSatisfy { $0.0 == "service" ? span.service == $0.1 : span.operation == $0.1 }
    }

    private static func seconds(_ time: JSONValue?) -> Int64 {
        time?.stringValue.flatMap { Timestamp(rfc3339: $0) }.map { $0.milliseconds / 1000 } ?? 0
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func theTraffic(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            for filter in Self.filters {
                for step: Int64 in [10, 30, 60, 600] {
                    let items = QueryWorld.range() + filter + [("step", "\(step)s")]
                    let answer = try await bed.ask("/api/metrics/traffic", items)
                    #expect(answer["step_seconds"]?.integerValue == step)
                    let buckets = answer["buckets"]?.arrayValue ?? []
                    #expect(zip(buckets, buckets.dropFirst()).allSatisfy { Self.seconds($1["time"]) - Self.seconds($0["time"]) == step })
                    let spans = Self.world.spans.filter { Self.isMeant($0, filter) }
                    let expected = Dictionary(grouping: spans) { RollupRange.floor($0.start / QueryWorld.second, step) }
                    for bucket in buckets {
                        let members = expected[Self.seconds(bucket["time"])] ?? []
                        #expect(bucket["spans"]?.integerValue == Int64(members.count))
                        #expect(bucket["errors"]?.integerValue == Int64(members.filter(\.isError).count))
                        #expect(Self.isClose(bucket["rate"], Double(members.count) / Double(step)))
                    }
                    #expect(buckets.compactMap { $0["spans"]?.integerValue }.reduce(0, +) == Int64(spans.count))
                }
            }
            let standard = try await bed.ask("/api/metrics/traffic", QueryWorld.range())
            #expect(standard["step_seconds"]?.integerValue == 30)
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func theHeatmap(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            for filter in Self.filters {
                let answer = try await bed.ask("/api/metrics/latency_heatmap", QueryWorld.range() + filter + [("step", "1m")])
                let times = answer["times"]?.arrayValue ?? []
                let rows = answer["latency_buckets_us"]?.arrayValue ?? []
                var found: [String: Int64] = [:]
                for cell in answer["cells"]?.arrayValue ?? [] {
                    let numbers = cell.arrayValue?.compactMap(\.integerValue) ?? []
                    let lower = rows[Int(numbers[1])]["from"]?.numberValue ?? -1
                    found["\(Self.seconds(times[Int(numbers[0])])) \(Int64(lower * 1000))"] = numbers[2]
                }
                var expected: [String: Int64] = [:]
                for span in Self.world.spans where Self.isMeant(span, filter) {
                    let lower = span.duration < 2 ? 0 : Int64(1) << (63 - span.duration.leadingZeroBitCount)
                    expected["\(RollupRange.floor(span.start / QueryWorld.second, 60)) \(lower)", default: 0] += 1
                }
                #expect(found == expected, "\(filter)")
                let quantiles = answer["quantiles"]?.arrayValue ?? []
                #expect(quantiles.count == times.count)
                for (time, quantile) in zip(times, quantiles) {
                    let members = Self.world.spans.filter {
                        Self.isMeant($0, filter) && RollupRange.floor($0.start / QueryWorld.second, 60) == Self.seconds(time)
                    }
                    #expect(members.isEmpty ? quantile == .null : Self.isQuantile(quantile["p99_us"], 0.99, of: members.map(\.duration)))
                }
            }
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func theServiceMap(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let parents = Dictionary(uniqueKeysWithValues: Self.world.spans.map { ($0.spanID, $0) })
            for (start, end) in Self.ranges {
                let answer = try await bed.ask("/api/metrics/service-map", QueryWorld.range(start, end))
                let spans = Self.spans(start, end)
                var calls: [RollupQueries.Edge: [QueryWorld.Span]] = [:]
                for span in spans {
                    guard let parent = span.parent.flatMap({ parents[$0] }), parent.service != span.service else { continue }
                    calls[RollupQueries.Edge(caller: parent.service, callee: span.service), default: []].append(span)
                }
                let edges = answer["edges"]?.arrayValue ?? []
                #expect(edges.count == calls.count)
                for edge in edges {
                    let key = RollupQueries.Edge(caller: edge["caller"]?.stringValue ?? "", callee: edge["callee"]?.stringValue ?? "")
                    let members = calls[key] ?? []
                    #expect(edge["calls"]?.integerValue == Int64(members.count), "\(key)")
                    #expect(edge["errors"]?.integerValue == Int64(members.filter(\.isError).count))
                    #expect(Self.isQuantile(edge["p99_us"], 0.99, of: members.map(\.duration)))
                }
                let nodes = answer["nodes"]?.arrayValue ?? []
                let services = Dictionary(grouping: spans, by: \.service)
                let names = Set(services.keys).union(calls.keys.flatMap { [$0.caller, $0.callee] })
                #expect(nodes.compactMap { $0["service"]?.stringValue } == names.sorted())
                for node in nodes {
                    let members = services[node["service"]?.stringValue ?? ""] ?? []
                    #expect(node["spans"]?.integerValue == Int64(members.count))
                    #expect(node["errors"]?.integerValue == Int64(members.filter(\.isError).count))
                    #expect(Self.isQuantile(node["p99_us"], 0.99, of: members.map(\.duration)))
                    let length = Double(Self.ceiling(end) - RollupRange.floor(start, 10 * QueryWorld.second)) / 1e9
                    #expect(Self.isClose(node["rate"], Double(members.count) / length))
                }
            }
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func coarserRowsAreSummedToo(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let before = try await bed.ask("/api/metrics/dashboard", QueryWorld.range())
            // What compaction does to the older half: rows of 10 s become rows of a minute.
            let border = QueryWorld.begin / QueryWorld.second + 900
            try await bed.database.write { connection in try Self.compact("span_rollups", before: border, connection) }
            let after = try await bed.ask("/api/metrics/dashboard", QueryWorld.range())
            for name in ["total_spans", "total_errors", "error_rate", "p50_latency", "p99_latency", "top_failing_services"] {
                #expect(before[name] == after[name], "\(name)")
            }
            #expect(after["resolution_seconds"]?.integerValue == 60)
            let traffic = try await bed.ask("/api/metrics/traffic", QueryWorld.range() + [("step", "10s")])
            #expect(traffic["step_seconds"]?.integerValue == 60)
            let buckets = traffic["buckets"]?.arrayValue ?? []
            #expect(buckets.compactMap { $0["spans"]?.integerValue }.reduce(0, +) == Int64(Self.world.spans.count))
            let heatmap = try await bed.ask("/api/metrics/latency_heatmap", QueryWorld.range() + [("step", "90s")])
            #expect(heatmap["step_seconds"]?.integerValue == 120)
            // A range that begins within a coarser row counts it whole, and says so.
            let start = QueryWorld.begin + 330 * QueryWorld.second
            let part = try await bed.ask("/api/metrics/dashboard", QueryWorld.range(start, QueryWorld.end))
            let from = Self.seconds(part["from"])
            #expect(from == RollupRange.floor(start / QueryWorld.second, 60))
            #expect(part["total_spans"]?.integerValue == Int64(Self.world.spans.filter { $0.start >= from * QueryWorld.second }.count))
        }
    }

    private static func compact(_ table: String, before border: Int64, _ connection: any SQLConnection) throws {
        let keys = try connection.query(
            "SELECT bucket, service, operation, spans, errors, duration_ns, histogram FROM \(table) WHERE step = 10 AND bucket < ?",
            [.integer(border)]
        ) { row in
            (
                key: "\(RollupRange.floor(try row.integer(0), 60))\u{1}\(try row.text(1))\u{1}\(try row.text(2))",
                spans: try row.integer(3),
                errors: try row.integer(4), duration: try row.integer(5), histogram: try LatencyHistogram(decoding: try row.blob(6))
            )
        }
        try connection.execute("DELETE FROM \(table) WHERE step = 10 AND bucket < ?", [.integer(border)])
        for (key, rows) in Dictionary(grouping: keys, by: \.key) {
            let parts = key.split(separator: "\u{1}", omittingEmptySubsequences: false).map(String.init)
            var histogram = LatencyHistogram()
            for row in rows { histogram.merge(row.histogram) }
            try connection.insert(
                into: table, columns: ["step", "bucket", "service", "operation", "spans", "errors", "duration_ns", "histogram"],
                rows: [
                    [
                        .integer(60), .integer(Int64(parts[0]) ?? 0), .text(parts[1]), .text(parts[2]),
                        .integer(rows.reduce(0) { $0 + $1.spans }), .integer(rows.reduce(0) { $0 + $1.errors }),
                        .integer(rows.reduce(0) { $0 + $1.duration }), .blob(histogram.encode()),
                    ]
                ])
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func servicesAndStatistics(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let answer = try await bed.ask("/api/metadata/services", QueryWorld.range())
            let services = answer["services"]?.arrayValue ?? []
            let spans = Dictionary(grouping: Self.world.spans, by: \.service)
            let names = Set(spans.keys).union(Self.world.logs.map(\.service))
            #expect(services.compactMap { $0["name"]?.stringValue } == names.sorted())
            for service in services {
                let members = spans[service["name"]?.stringValue ?? ""] ?? []
                #expect(service["operations"]?.arrayValue?.compactMap(\.stringValue) == Set(members.map(\.operation)).sorted())
            }
            // The present has no services.
            #expect(try await bed.ask("/api/metadata/services")["services"]?.arrayValue?.isEmpty == true)
            let stats = try await bed.ask("/api/stats", QueryWorld.range())
            #expect(stats["stored"]?["spans"]?.integerValue == Int64(Self.world.spans.count))
            #expect(stats["stored"]?["logs"]?.integerValue == Int64(Self.world.logs.count))
            #expect(stats["stored"]?["traces"]?.integerValue == Int64(Self.world.traces.count))
            #expect(stats["range"]?["total_spans"]?.integerValue == Int64(Self.world.spans.count))
            #expect((stats["stored"]?["bytes"]?.integerValue ?? 0) > 0)
            #expect(stats["retention"]?["hours"]?.integerValue == 2)
            #expect(stats["retention"]?["bytes"] == .null)
        }
    }
}
