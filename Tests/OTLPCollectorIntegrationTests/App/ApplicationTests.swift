// A whole collector: telemetry in by every door, answers out, failures around it.

import ArgusBus
import ArgusOTLP
import ArgusService
import ArgusShared
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct ApplicationTests {
    static let traceID = TraceID(high: 1, low: 2)

    /// Logs that were sent, and those that were acknowledged.
    final class ExportCounts: Sendable {
        let sent = Atomic(0)
        let acknowledged = Atomic(0)
    }

    /// A span of `pay` below one of `shop`, failing.
    static func spans(_ time: UInt64 = CollectorBed.now) -> (shop: OTLPSpan, pay: OTLPSpan) {
        let shop = OTLPSpan(traceID: traceID, spanID: SpanID(value: 1), name: "GET /orders", startTime: time - 200_000_000, endTime: time)
        var pay = OTLPSpan(
            traceID: traceID, spanID: SpanID(value: 2), parentSpanID: SpanID(value: 1), name: "charge", startTime: time - 150_000_000,
            endTime: time - 50_000_000)
        pay.statusCode = 2
        return (shop, pay)
    }

    @Test func whatComesInByAnyDoorIsAnsweredByEveryRoute() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            let (shop, pay) = Self.spans()
            #expect(try await instance.export("/v1/traces", CollectorBed.spans([shop], service: "shop")).status == 200)
            let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
            let answer = try await HTTP2Call.unary(port: instance.grpc, path: path, message: CollectorBed.spans([pay], service: "pay"))
            #expect(answer == [])
            let bus = try await Bus.connect(BusConfiguration(servers: [bed.nats.url], name: "test"), logger: CollectorBed.quiet)
            var log = CollectorBed.log("no money", severity: 17)
            log.traceID = Self.traceID
            _ = try await bus.publish(CollectorBed.logs([log], service: "pay"), to: Subjects.otlpLogs)
            await bus.drain()
            let trace = "/api/traces/\(Self.traceID.hex)"
            try await eventually("the trace is complete", within: .seconds(20)) {
                let answer = try await instance.get(trace)
                return try answer.status == 200 && answer.json["span_count"]?.integerValue == 2
                    && answer.json["logs"]?.arrayValue?.count == 1
            }
            #expect(try await instance.get(trace).json["root_service"]?.stringValue == "shop")
            #expect(try await instance.get("/api/traces?service=pay&status=error").json["traces"]?.arrayValue?.count == 1)
            #expect(try await instance.get("/api/logs?q=money").json["logs"]?.arrayValue?.count == 1)
            let dashboard = try await instance.get("/api/metrics/dashboard").json
            #expect(dashboard["total_traces"]?.integerValue == 1 && dashboard["total_errors"]?.integerValue == 1)
            let edge = try await instance.get("/api/metrics/service-map").json["edges"]?[0]
            #expect(edge?["caller"]?.stringValue == "shop" && edge?["callee"]?.stringValue == "pay")
            #expect(edge?["errors"]?.integerValue == 1)
            for path in [
                "/", "/healthz", "/readyz", "/metrics", "/api/stats", "/api/metrics/traffic", "/api/metrics/latency_heatmap",
                "/api/metadata/services", "/api/health", "/api/dlq", "/jaeger/api/services", "/jaeger/api/services/shop/operations",
                "/jaeger/api/traces?service=shop", "/jaeger/api/dependencies", "/jaeger/api/v3/services",
            ] {
                let answer = try await instance.get(path)
                #expect(answer.status == 200, "\(path): \(answer.text)")
            }
            let id = try #require(try await instance.get("/api/logs").json["logs"]?[0]?["id"]?.stringValue)
            #expect(try await instance.get("/api/logs/\(id)").status == 200)
            #expect(try await instance.get("/api/logs/context?id=\(id)").status == 200)
        }
    }

    @Test func aRestartKeepsWhatWasStoredAndWhatWasAcknowledged() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            try await instance.store(logs: (0..<10).map { CollectorBed.log("kept \($0)") })
            // Acknowledged a moment before the stop: wherever it is then, it must be there afterwards.
            let answer = try await instance.export("/v1/logs", CollectorBed.logs((0..<500).map { CollectorBed.log("late \($0)") }))
            #expect(answer.status == 200)
        }
        try await bed.withInstance { instance in
            try await eventually("everything is stored", within: .seconds(20)) { try await instance.stored("logs") == 510 }
            #expect(try await instance.get("/api/logs?q=kept&limit=100").json["logs"]?.arrayValue?.count == 10)
        }
    }

    @Test func aStopUnderLoadLosesNothingThatWasAcknowledged() async throws {
        let bed = try await CollectorBed()
        let counts = ExportCounts()
        let senders = try await bed.withInstance { instance in
            let senders = (0..<4).map { _ in
                Task {
                    let request = CollectorBed.logs((0..<10).map { CollectorBed.log("number \($0)") })
                    // Until the door is closed.
                    while true {
                        counts.sent.add(10, ordering: .relaxed)
                        guard let answer = try? await instance.export("/v1/logs", request, timeout: .seconds(3)) else { return }
                        if answer.status == 200 { counts.acknowledged.add(10, ordering: .relaxed) }
                    }
                }
            }
            try await eventually("much was acknowledged", within: .seconds(20)) { counts.acknowledged.load(ordering: .relaxed) > 500 }
            return senders
        }
        for sender in senders { await sender.value }
        let (sent, acknowledged) = (counts.sent.load(ordering: .relaxed), counts.acknowledged.load(ordering: .relaxed))
        try await bed.withInstance { instance in
            try await eventually("everything is stored", within: .seconds(20)) {
                let pending = try await instance.get("/api/health").json["pending_messages"]?.integerValue
                let stored = try await instance.stored("logs")
                return stored >= Int64(acknowledged) && pending == 0
            }
            #expect(try await instance.stored("logs") <= Int64(sent))
        }
    }

    @Test func telemetryIsTakenInWhileThereIsNoDatabase() async throws {
        let bed = try await CollectorBed()
        let postgres = try await PostgresServer()
        let dsn = try await postgres.createDatabase()
        try await postgres.stop()
        try await bed.withInstance(["DB_DRIVER": "postgres", "DB_DSN": dsn, "DLQ_AFTER": "500ms"]) { instance in
            let answer = try await instance.export("/v1/logs", CollectorBed.logs([CollectorBed.log("early")]))
            #expect(answer.status == 200)
            let refused = try await instance.get("/api/logs")
            #expect(refused.status == 503 && refused.code == "database_unavailable")
            #expect(refused.headers.first(name: "retry-after") != nil)
            #expect(try await instance.get("/readyz").status == 503)
            #expect(try await LiveClient.onThread { try LiveClient(port: instance.port).status } == 503)
            try await eventually("the log is in a file", within: .seconds(20)) {
                try await instance.get("/api/health").json["dlq_size"]?.integerValue == 1
            }
            #expect(try await instance.get("/api/health").json["status"]?.stringValue == "degraded")
            try await postgres.start()
            try await eventually("the log is stored", within: .seconds(40)) {
                let answer = try await instance.get("/api/logs?q=early&range=1h")
                return try answer.status == 200 && answer.json["logs"]?.arrayValue?.count == 1
            }
            try await eventually("the collector is well", within: .seconds(20)) {
                let health = try await instance.get("/api/health").json
                return health["status"]?.stringValue == "ok" && health["dlq_size"]?.integerValue == 0
            }
        }
    }

    @Test func aDatabaseThatCanNeverBeOpenedIsRefused() async throws {
        let bed = try await CollectorBed()
        let bootstrap = ServiceBootstrap.testing(
            name: "otlp-collector", environment: bed.environment(["DB_DSN": "\(bed.folder)/argus.db/x.db"]),
            defaults: CollectorSettings.defaults, logLevel: .critical)
        try Data("not a folder".utf8).write(to: URL(fileURLWithPath: bed.folder + "/argus.db"))
        await #expect(throws: (any Error).self) { try await OTLPCollectorApplication.build(bootstrap) }
    }

    @Test func everyWrongSettingIsASentence() {
        let wrong: [(environment: [String: String], name: String)] = [
            (["HTTP_PORT": "80a80"], "HTTP_PORT"), (["OTLP_GRPC_PORT": "70000"], "OTLP_GRPC_PORT"),
            (["OTLP_HTTP_PORT": "4317"], "OTLP_HTTP_PORT"), (["HTTP_PORT": "4318"], "HTTP_PORT"),
            (["OTLP_MAX_REQUEST": "big"], "OTLP_MAX_REQUEST"),
            (["OTLP_MAX_IN_FLIGHT": "1MB"], "OTLP_MAX_IN_FLIGHT"), (["RETENTION_HOURS": "0"], "RETENTION_HOURS"),
            (["RETENTION_BYTES": "-1"], "RETENTION_BYTES"), (["DLQ_AFTER": "soon"], "DLQ_AFTER"),
            (["DLQ_REPLAY_INTERVAL": "0"], "DLQ_REPLAY_INTERVAL"), (["ARGUS_TELEMETRY_MAX_BYTES": "1"], "ARGUS_TELEMETRY_MAX_BYTES"),
            (["DB_DRIVER": "mysql"], "DB_DRIVER"), (["ARGUS_LIVE_CLIENTS": "0"], "ARGUS_LIVE_CLIENTS"),
            (["ARGUS_LIVE_ORIGINS": "example.org"], "ARGUS_LIVE_ORIGINS"), (["AI_ENABLED": "maybe"], "AI_ENABLED"),
            (["AI_ENABLED": "true"], "AI_ENABLED"), (["AI_ENABLED": "true", "OPENAI_BASE_URL": "http://h/v1"], "OPENAI_BASE_URL"),
            (["AI_ENABLED": "true", "OPENAI_BASE_URL": "h/v1", "OPENAI_MODEL": "m"], "OPENAI_BASE_URL"),
            (["AI_ENABLED": "true", "AZURE_OPENAI_ENDPOINT": "https://h"], "AZURE_OPENAI_ENDPOINT"),
            (["AI_ENABLED": "true", "AZURE_OPENAI_ENDPOINT": "https://h", "OPENAI_BASE_URL": "http://h"], "OPENAI_BASE_URL"),
            (["AI_ENABLED": "true", "OPENAI_BASE_URL": "http://h", "OPENAI_MODEL": "m", "AI_TIMEOUT": "30s"], "AI_TIMEOUT"),
            (["AI_RATE_LIMIT": "0"], "AI_RATE_LIMIT"), (["APP_ENV": "production"], "APP_ENV"),
        ]
        for (environment, name) in wrong {
            let problems = CollectorBed.refusal(environment)
            #expect(!problems.isEmpty, "\(environment) is taken")
            #expect(problems.allSatisfy { $0.hasPrefix("\(name) ") && $0.hasSuffix(".") }, "\(environment): \(problems)")
        }
        #expect(CollectorBed.refusal([:]).isEmpty)
        #expect(CollectorBed.refusal(["AI_ENABLED": "true", "OPENAI_BASE_URL": "http://h/v1", "OPENAI_MODEL": "m"]).isEmpty)
    }
}
