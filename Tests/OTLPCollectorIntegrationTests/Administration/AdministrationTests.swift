// Health, purge and vacuum of a collector that runs.

import ArgusBus
import ArgusService
import ArgusShared
import NIOHTTP1
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct AdministrationTests {
    @Test func healthIsToldInNumbers() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            try await instance.store(logs: (0..<120).map { CollectorBed.log("number \($0)") })
            let health = try await instance.get("/api/health").json
            #expect(health["status"]?.stringValue == "ok")
            #expect(health["dlq_size"]?.integerValue == 0)
            #expect(health["insight"]?.boolValue == false)
            #expect(health["active_connections"]?.integerValue ?? 0 >= 1)
            guard case .number(let rate)? = health["ingestion_rate"], case .number(let latency)? = health["db_latency_p99_ms"] else {
                Issue.record("rates are missing in \(health)")
                return
            }
            #expect(rate > 0 && latency > 0)
            #expect(try await instance.get("/api/health?x=1").field == "x")
            let metrics = try await instance.get("/metrics").text
            for name in ["argus_ingestion_rate", "argus_active_connections", "argus_db_latency_bucket", "argus_dlq_size"] {
                #expect(metrics.contains("\n\(name)"), "\(name) is missing")
            }
        }
    }

    @Test func purgeDeletesEverythingAndSaysWhat() async throws {
        let bed = try await CollectorBed()
        let tokens = [CollectorBed.credential("reader", scope: "read"), CollectorBed.credential("boss", scope: "admin")].joined(
            separator: ",")
        try await bed.withInstance { instance in
            try await instance.store(logs: (0..<20).map { CollectorBed.log("number \($0)") })
            let bus = try await Bus.connect(BusConfiguration(servers: [bed.nats.url], name: "test"), logger: CollectorBed.quiet)
            try await bus.ensure(Streams.observation())
            for event in try RunBed.history(run: "old") { _ = try await bus.publish(event.json, to: event.type.subject) }
            await bus.drain()
            try await eventually("the run has ended", within: .seconds(20)) {
                try await instance.get("/api/runs/old").json["status"]?.stringValue == "succeeded"
            }
        }
        try await bed.withInstance(["ARGUS_TOKENS": tokens]) { instance in
            func status(_ method: HTTPMethod, _ path: String, _ token: String) async throws -> Int {
                try await instance.send(method, path, headers: [("authorization", "Bearer \(token)")]).status
            }
            #expect(try await status(.DELETE, "/api/admin/purge", "reader") == 403)
            #expect(try await status(.POST, "/api/admin/vacuum", "reader") == 403)
            #expect(try await status(.GET, "/api/health", "nobody") == 401)
            let vacuumed = try await instance.send(.POST, "/api/admin/vacuum", headers: [("authorization", "Bearer boss")])
            #expect(vacuumed.status == 200, "\(vacuumed.text)")
            #expect(try vacuumed.json["bytes_after"]?.integerValue ?? 0 > 0)
            let purged = try await instance.send(.DELETE, "/api/admin/purge", headers: [("authorization", "Bearer boss")])
            #expect(purged.status == 200, "\(purged.text)")
            #expect(try purged.json["deleted"]?["logs"]?.integerValue == 20)
            #expect(try purged.json["deleted"]?["runs"]?.integerValue == 1)
            #expect(try await instance.get("/api/runs?range=24h", token: "reader").json["runs"]?.arrayValue?.isEmpty == true)
            #expect(try await instance.get("/api/runs/old", token: "reader").status == 404)
            #expect(try await instance.get("/api/workflows?range=24h", token: "reader").json["workflows"]?.arrayValue?.isEmpty == true)
            #expect(try await instance.get("/api/logs?range=1h", token: "reader").json["logs"]?.arrayValue?.isEmpty == true)
        }
    }
}
