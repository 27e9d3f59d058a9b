// Jaeger's query API as its user interface and Grafana's data source read it.

import ArgusOTLP
import ArgusShared
import Testing

@testable import OTLPCollector

@Suite("Jaeger's clients are answered", .serialized)
struct JaegerAnswerTests {
    private static let world = QueryWorld(seed: 41, traces: 60, logs: 5)
    private static let times = [("start", String(QueryWorld.begin / 1000)), ("end", String(QueryWorld.end / 1000))]

    @Test(arguments: QueryBed.Kind.allCases)
    func names(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let services = Set(Self.world.spans.map(\.service)).union(Self.world.logs.map(\.service)).sorted()
            let answer = try await bed.ask("/jaeger/api/services")
            #expect(answer["data"]?.arrayValue?.compactMap(\.stringValue) == services)
            #expect(answer["total"]?.integerValue == Int64(services.count))
            #expect(answer["errors"] == .null)
            for service in services {
                let operations = Set(Self.world.spans.filter { $0.service == service }.map(\.operation)).sorted()
                let path = QueryBed.query([("x", service)]).dropFirst(3)
                let old = try await bed.ask("/jaeger/api/services/\(path)/operations")
                #expect(old["data"]?.arrayValue?.compactMap(\.stringValue) == operations)
                let new = try await bed.ask("/jaeger/api/operations", [("service", service)])
                #expect(new["data"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == operations)
                let third = try await bed.ask("/jaeger/api/v3/operations", [("service", service)])
                #expect(third["operations"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == operations)
            }
            #expect(try await bed.ask("/jaeger/api/v3/services")["services"]?.arrayValue?.compactMap(\.stringValue) == services)
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func searches(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let questions: [([(String, String)], @Sendable (QueryWorld.Span) -> Bool)] = [
                ([("service", "payment")], { $0.service == "payment" }),
                ([("service", "payment"), ("operation", "charge")], { $0.service == "payment" && $0.operation == "charge" }),
                (
                    [("service", "payment"), ("tags", #"{"http.response.status_code":"500"}"#)],
                    { $0.service == "payment" && $0.has("http.response.status_code", "500") }
                ),
                ([("service", "payment"), ("tags", #"{"error":"true"}"#)], { $0.service == "payment" && $0.isError }),
                ([("service", "payment"), ("tags", #"{"span.kind":"server"}"#)], { $0.service == "payment" && $0.kind == .server }),
                ([("service", "payment"), ("tag", "cached:true")], { $0.service == "payment" && $0.has("cached", "true") }),
                ([("service", "payment"), ("minDuration", "1ms")], { $0.service == "payment" && $0.duration >= 1_000_000 }),
                ([("service", "payment"), ("maxDuration", "10us")], { $0.service == "payment" && $0.duration <= 10_000 }),
            ]
            for (items, isMeant) in questions {
                let answer = try await bed.ask("/jaeger/api/traces", items + Self.times + [("limit", "200"), ("lookback", "custom")])
                let found = answer["data"]?.arrayValue?.compactMap { $0["traceID"]?.stringValue } ?? []
                let expected = Self.world.traces.filter { $0.spans.contains(where: isMeant) }.sorted { $0.start > $1.start }
                #expect(found == expected.map(\.id.hex), "\(items)")
            }
            let few = try await bed.ask("/jaeger/api/traces", [("service", "payment"), ("limit", "3")] + Self.times)
            #expect(few["data"]?.arrayValue?.count == 3)
            let named = Self.world.traces.prefix(2).map { ("traceID", $0.id.hex) }
            let byID = try await bed.ask("/jaeger/api/traces", Array(named))
            #expect(byID["data"]?.arrayValue?.compactMap { $0["traceID"]?.stringValue } == named.map(\.1))
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func aTraceInItsForm(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            for trace in Self.world.traces.prefix(20) {
                let answer = try await bed.ask("/jaeger/api/traces/\(trace.id.hex)")
                let data = try #require(answer["data"]?[0])
                #expect(answer["data"]?.arrayValue?.count == 1)
                #expect(data["traceID"]?.stringValue == trace.id.hex)
                let spans = data["spans"]?.arrayValue ?? []
                #expect(Set(spans.compactMap { $0["spanID"]?.stringValue }) == Set(trace.spans.map(\.spanID.hex)))
                for span in spans {
                    let sent = try #require(trace.spans.first { $0.spanID.hex == span["spanID"]?.stringValue })
                    #expect(span["operationName"]?.stringValue == sent.operation)
                    #expect(span["startTime"]?.integerValue == sent.start / 1000)
                    #expect(span["duration"]?.integerValue == sent.duration / 1000)
                    #expect(span["references"]?[0]?["spanID"]?.stringValue == sent.parent?.hex)
                    #expect(span["references"]?[0]?["refType"]?.stringValue == sent.parent.map { _ in "CHILD_OF" })
                    let process = data["processes"]?[span["processID"]?.stringValue ?? ""]
                    #expect(process?["serviceName"]?.stringValue == sent.service)
                    #expect(process?["tags"]?.arrayValue?.contains { $0["key"]?.stringValue == "service.name" } == false)
                    let tags = span["tags"]?.arrayValue ?? []
                    func tag(_ key: String) -> JSONValue? { tags.first { $0["key"]?.stringValue == key } }
                    #expect(tag("cached")?["type"]?.stringValue == "bool")
                    #expect(tag("ratio")?["type"]?.stringValue == "float64")
                    #expect(tag("http.response.status_code")?["type"]?.stringValue == "int64")
                    #expect(tag("error")?["value"] == (sent.isError ? .bool(true) : nil))
                    #expect(tag("otel.status_code")?["value"]?.stringValue == (sent.isError ? "ERROR" : nil))
                    #expect(tag("otel.scope.name")?["value"]?.stringValue == "test.scope")
                    #expect(tag("span.kind")?["value"]?.stringValue == (sent.kind == .unspecified ? nil : sent.kind.text))
                    #expect(span["logs"]?[0]?["fields"]?[0]?["value"]?.stringValue == sent.event)
                }
            }
            let missing = try await bed.get("/jaeger/api/traces/1")
            #expect(missing.status == 404)
            #expect(missing.json["data"] == .null)
            #expect(missing.json["errors"]?[0]?["code"]?.integerValue == 404)
            #expect(try await bed.get("/jaeger/api/traces/xyz").status == 400)
            let wrong = try await bed.get("/jaeger/api/traces?limit=5")
            #expect(wrong.status == 400)
            #expect(wrong.json["errors"]?[0]?["msg"]?.stringValue == "service is required")
        }
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func versionThree(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            for trace in Self.world.traces.prefix(10) {
                let answer = try await bed.ask("/jaeger/api/v3/traces/\(trace.id.hex)")
                let resources = answer["result"]?["resourceSpans"]?.arrayValue ?? []
                #expect(Set(resources.compactMap { Self.service($0) }) == Set(trace.spans.map(\.service)))
                for resource in resources {
                    let spans = resource["scopeSpans"]?.arrayValue?.flatMap { $0["spans"]?.arrayValue ?? [] } ?? []
                    let expected = trace.spans.filter { $0.service == Self.service(resource) }
                    #expect(Set(spans.compactMap { $0["spanId"]?.stringValue }) == Set(expected.map(\.spanID.hex)))
                    for span in spans {
                        let sent = try #require(expected.first { $0.spanID.hex == span["spanId"]?.stringValue })
                        #expect(span["startTimeUnixNano"]?.stringValue == String(sent.start))
                        #expect(span["kind"]?.integerValue == Int64(sent.kind.rawValue))
                        #expect(span["status"]?["code"]?.integerValue == (sent.isError ? 2 : nil))
                        #expect(span["parentSpanId"]?.stringValue == sent.parent?.hex ?? "")
                        #expect(span["attributes"]?[0]?["value"]?["intValue"]?.stringValue != nil)
                    }
                }
            }
            let items = [
                ("query.service_name", "payment"), ("query.start_time_min", "2023-11-14T22:13:20Z"),
                ("query.start_time_max", "2023-11-14T22:43:20Z"),
                ("query.num_traces", "500"),
            ]
            let found = try await bed.ask("/jaeger/api/v3/traces", items)
            let ids = (found["result"]?["resourceSpans"]?.arrayValue ?? []).flatMap { $0["scopeSpans"]?[0]?["spans"]?.arrayValue ?? [] }
            let expected = Self.world.traces.filter { $0.services.contains("payment") }
            #expect(Set(ids.compactMap { $0["traceId"]?.stringValue }) == Set(expected.map(\.id.hex)))
            let none = try await bed.get("/jaeger/api/v3/traces" + QueryBed.query([("query.service_name", "nobody")] + items.dropFirst()))
            #expect(none.status == 404)
            #expect(none.json["error"]?["httpCode"]?.integerValue == 404)
            #expect(try await bed.get("/jaeger/api/v3/traces").json["error"]?["httpCode"]?.integerValue == 400)
        }
    }

    private static func service(_ resource: JSONValue) -> String? {
        resource["resource"]?["attributes"]?.arrayValue?.first { $0["key"]?.stringValue == "service.name" }?["value"]?["stringValue"]?
            .stringValue
    }

    @Test(arguments: QueryBed.Kind.allCases)
    func dependencies(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            let parents = Dictionary(uniqueKeysWithValues: Self.world.spans.map { ($0.spanID, $0) })
            var calls: [String: Int64] = [:]
            for span in Self.world.spans {
                guard let parent = span.parent.flatMap({ parents[$0] }), parent.service != span.service else { continue }
                calls["\(parent.service) > \(span.service)", default: 0] += 1
            }
            let items = [("endTs", String(QueryWorld.end / 1_000_000)), ("lookback", "1800000")]
            let answer = try await bed.ask("/jaeger/api/dependencies", items)
            var found: [String: Int64] = [:]
            for link in answer["data"]?.arrayValue ?? [] {
                found["\(link["parent"]?.stringValue ?? "") > \(link["child"]?.stringValue ?? "")"] = link["callCount"]?.integerValue
            }
            #expect(found == calls)
            let third = try await bed.ask(
                "/jaeger/api/v3/dependencies", [("start_time", "2023-11-14T22:13:20Z"), ("end_time", "2023-11-14T22:43:20Z")])
            #expect(third["dependencies"]?.arrayValue?.count == calls.count)
            for query in ["endTs=x", "lookback=-1", "lookback=0", "endTs=99999999999999999999"] {
                #expect(try await bed.get("/jaeger/api/dependencies?\(query)").status == 400, "\(query)")
            }
        }
    }
}
