// What nobody should send, and who may ask at all.

import ArgusOTLP
import ArgusShared
import Testing

@testable import OTLPCollector

@Suite("Hostile queries", .serialized)
struct HostileQueryTests {
    private static let world = QueryWorld(seed: 53, traces: 20, logs: 20)

    private static let texts = [
        "'", "\"", "\\", "%", "_", "*", "**", "' OR 1=1 --", "\" OR \"1\"=\"1", "a\" OR words MATCH \"b", "NEAR(a b)", "a AND NOT b",
        "words:a",
        "{a}", "(", ")", ":*", "'':*", "\\'", "a & b | c", "!a", "<->", "\u{0}", "a\u{0}b", "\u{FFFC}", "\u{E000}", "\u{202E}abc", "😀",
        "e\u{301}",
        "-", "--", "/*", ";DROP TABLE traces", "$1", "?", "??", "%00", "ﬀ", "İ", "ß", String(repeating: "a", count: 900),
        String(repeating: "é ", count: 300), "a*b*c*", "*a",
    ]

    @Test(arguments: QueryBed.Kind.allCases)
    func noTextBreaksASearch(kind: QueryBed.Kind) async throws {
        try await QueryBed.with(kind, Self.world) { bed in
            for text in Self.texts {
                for name in ["q", "service", "operation"] {
                    let answer = try await bed.get("/api/traces" + QueryBed.query([(name, text)] + QueryWorld.range()))
                    #expect([200, 400].contains(answer.status), "\(name)=\(text): \(answer.status) \(answer.text)")
                }
                for item in [("q", text), ("service", text)] {
                    let answer = try await bed.get("/api/logs" + QueryBed.query([item] + QueryWorld.range()))
                    #expect([200, 400].contains(answer.status), "\(item): \(answer.status) \(answer.text)")
                }
                for item in [("attribute", "\(text)=\(text)"), ("attribute", "customer=\(text)")] {
                    let answer = try await bed.get("/api/traces" + QueryBed.query([item] + QueryWorld.range()))
                    #expect([200, 400].contains(answer.status), "\(item): \(answer.status) \(answer.text)")
                }
                for path in ["traffic", "latency_heatmap"] {
                    let answer = try await bed.get("/api/metrics/\(path)" + QueryBed.query([("service", text), ("operation", text)]))
                    #expect(answer.status == 200, "\(text): \(answer.text)")
                }
                let jaeger = try await bed.get("/jaeger/api/traces" + QueryBed.query([("service", text), ("operation", text)]))
                #expect([200, 400].contains(jaeger.status))
            }
            #expect(try await bed.ask("/api/traces", QueryWorld.range() + [("limit", "1000")])["traces"]?.arrayValue?.count == 20)
        }
    }

    @Test func unknownParametersAreNamedEverywhere() async throws {
        try await QueryBed.with(.sqlite, Self.world) { bed in
            let log = try await bed.ask("/api/logs", QueryWorld.range())["logs"]?[0]?["id"]?.stringValue ?? ""
            let paths = [
                "stats", "traces", "traces/\(Self.world.traces[0].id.hex)", "logs", "logs/\(log)", "logs/context", "metrics/dashboard",
                "metrics/traffic", "metrics/latency_heatmap", "metrics/service-map", "metadata/services",
            ]
            for path in paths {
                for name in ["unknown", "FROM", "limit[]", "sort_by"] {
                    let answer = try await bed.get("/api/\(path)" + QueryBed.query([(name, "1")]))
                    #expect(answer.status == 400, "\(path)?\(name)")
                    #expect(answer.field == name.replacing("[", with: "[") || answer.status == 400)
                }
                guard !path.contains("/\(log)"), !path.contains("traces/"), path != "logs/context" else { continue }
                for (name, value) in [("from", "never"), ("to", "1;2"), ("range", "5 minutes")] {
                    let answer = try await bed.get("/api/\(path)" + QueryBed.query([(name, value)]))
                    #expect(answer.status == 400)
                    #expect(answer.field == name)
                }
            }
        }
    }

    @Test func rangesAtTheEndsOfTime() async throws {
        try await QueryBed.with(.sqlite, Self.world) { bed in
            for path in [
                "stats", "traces", "traces?service=payment&", "logs", "metrics/dashboard", "metrics/traffic", "metrics/latency_heatmap",
                "metrics/service-map", "metadata/services",
            ] {
                for (from, to) in [
                    ("0", "9223372036854775807"), ("0001-01-01T00:00:00Z", "1"), ("9223372036854775806", "9223372036854775807"),
                ] {
                    let separator = path.contains("?") ? "" : "?"
                    let answer = try await bed.get("/api/\(path)\(separator)from=\(from)&to=\(to)")
                    #expect([200, 400].contains(answer.status), "\(path) \(from) \(to): \(answer.status)")
                }
            }
        }
    }

    @Test func askingNeedsTheScopeRead() async throws {
        // SHA-256 of "reader" and of "sender".
        let tokens = [
            "reader:read:3d0941964aa3ebdcb00ccef58b1bb399f9f898465e9886d5aec7f31090a0fb30",
            "sender:ingest:0a367b92cf0b037dfd89960ee832d56f7fc151681bb41e53690e776f5786998a",
        ].joined(separator: ",")
        try await QueryBed.with(.sqlite, Self.world, environment: ["ARGUS_TOKENS": tokens]) { bed in
            for path in ["/api/traces", "/api/stats", "/api/metadata/services", "/jaeger/api/services", "/jaeger/api/v3/services"] {
                let expected: [(token: String?, status: Int)] = [(nil, 401), ("nobody", 401), ("reader", 200), ("sender", 403)]
                for (token, status) in expected {
                    let answer = try await bed.get(path, token: token)
                    #expect(answer.status == status, "\(path) \(token ?? "")")
                }
            }
        }
    }
}
