// The suite as it runs in production: a user per service on the bus, tokens at the doors.

import ArgusBus
import ArgusShared
import Crypto
import Foundation
import Logging
import TestSupport
import Testing

@Suite(.serialized) struct ProductionTests {
    private let token = "a-token-of-the-test"
    /// Nothing goes wrong on purpose.
    private static let calm = [
        "CHAOS_ORDER_LATENCY_RATE": "0", "CHAOS_PAYMENT_ERROR_RATE": "0", "CHAOS_INVENTORY_ERROR_RATE": "0",
    ]

    @Test(.timeLimit(.minutes(2))) func permissionsOnTheBusAndTokensAtTheDoorsSuffice() async throws {
        let suite = try await Suite.start(accounts: accounts())
        defer { suite.stop() }
        let gateway = try await suite.start("ingest-gateway", environment: environment("ingest-gateway"))
        _ = try await suite.start("grouping-processor", environment: environment("grouping-processor"))
        let api = try await suite.start("alert-api", environment: environment("alert-api"))
        let hooks = try await WebhookReceiver.start()

        let body = #"{"id":"team","name":"Team","notification_config":{"webhook_url":"\#(hooks.url)"}}"#
        #expect(try await HTTP.post(api.url + "/v1/event-managers", body).status == 401)
        #expect(try await HTTP.post(api.url + "/v1/event-managers", body, token: "another").status == 401)
        let manager = try await HTTP.post(api.url + "/v1/event-managers", body, token: token)
        #expect(manager.status == 201)
        let routingKey = try #require(manager.json["routing_key"]?.stringValue)

        let event =
            #"{"event_manager_id":"team","summary":"s","severity":"high","action":"trigger","class":"c","dedupKey":"k"}"#
        #expect(try await HTTP.post(gateway.url + "/v1/events", event).status == 401)
        #expect(try await HTTP.post(gateway.url + "/v1/events", event, token: routingKey).status == 202)
        try await eventually("the alert shows") { try await HTTP.get(api.url + "/v1/alerts/k", token: token).status == 200 }
        try await eventually("the webhook is called") { hooks.bodies.count == 1 }
        #expect(!suite.nats.log.contains("Violation"), "\(suite.nats.log)")
    }

    @Test(.timeLimit(.minutes(2))) func theyAlsoSufficeForTelemetry() async throws {
        let suite = try await Suite.start(accounts: accounts())
        defer { suite.stop() }
        let doors = ["OTLP_GRPC_PORT": "0", "OTLP_HTTP_PORT": "0"]
        let collector = try await suite.start("otlp-collector", environment: environment("otlp-collector").merging(doors) { $1 })
        var demo: [RunningService] = []
        for name in ["chaos-order", "chaos-payment", "chaos-inventory"] {
            demo.append(try await suite.start(name, environment: environment(name).merging(Self.calm) { $1 }))
        }
        let body = #"{"item":"book","quantity":1}"#
        #expect(try await HTTP.post(demo[0].url + "/orders", body).status == 401)
        let order = try await HTTP.post(demo[0].url + "/orders", body, token: token)
        #expect(order.status == 201, "\(order.text)")
        let trace = try #require(order.headers["x-trace-id"])
        #expect(try await HTTP.get(collector.url + "/api/traces/\(trace)").status == 401)
        try await eventually("the whole trace is stored") {
            let answer = try await HTTP.get(collector.url + "/api/traces/\(trace)", token: token)
            return answer.json["services"]?.arrayValue?.count == 3 && answer.json["has_root"] == .bool(true)
        }
        #expect(!suite.nats.log.contains("Violation"), "\(suite.nats.log)")
    }

    @Test(.timeLimit(.minutes(2))) func theyAlsoSufficeForProcesses() async throws {
        let suite = try await Suite.start(accounts: accounts())
        defer { suite.stop() }
        let compose = try await Supervisor.start(
            in: suite, processes: #"{"processes": {"api": {"command": "echo serving; exec sleep 600", "restart": "no"}}}"#)
        let doors = ["OTLP_GRPC_PORT": "0", "OTLP_HTTP_PORT": "0"]
        let collector = try await suite.start("otlp-collector", environment: environment("otlp-collector").merging(doors) { $1 })
        let following = ["COMPOSE_URL": compose.url, "COLLECT_LOGS": "true"]
        let adapter = try await suite.start("process-adapter", environment: environment("process-adapter").merging(following) { $1 })
        // It is long on its way when the process crashes.
        let remediation = try suite.launch(
            "argus", arguments: ["remediate", "--policy", "\(Suite.repository)/deploy/remediation.yaml"],
            environment: ["NATS_USER": "remediate", "NATS_PASSWORD": "secret", "COMPOSE_URL": compose.url])
        _ = try await suite.start("ingest-gateway", environment: environment("ingest-gateway"))
        _ = try await suite.start("grouping-processor", environment: environment("grouping-processor"))
        let api = try await suite.start("alert-api", environment: environment("alert-api"))
        _ = try await HTTP.post(api.url + "/v1/event-managers", #"{"id":"team","name":"Team"}"#, token: token)
        let bridge = try await HTTP.post(api.url + "/v1/bridges", #"{"source":"process","event_manager_id":"team"}"#, token: token)
        #expect(bridge.status == 201, "\(bridge.text)")

        var first: JSONValue?
        try await eventually("the process is known") {
            first = try await processes(collector).first
            return first?["is_running"] == .bool(true)
        }
        try await eventually("somebody looks after it") { remediation.log.contains("leads") }
        #expect(try await HTTP.post(compose.url + "/standin/crash/api", "").status == 200)
        try await eventually("the crash raises an alert") {
            try await HTTP.get(api.url + "/v1/alerts/process%2Fdefault%2Fapi", token: token).status == 200
        }
        try await eventually("the process is started again") {
            let process = try await processes(collector).first
            return process?["is_running"] == .bool(true) && process?["pid"] != first?["pid"]
        }
        #expect(remediation.log.contains("default/api restart"), "\(remediation.log)")
        try await eventually("what the process writes is a log") {
            let logs = try await HTTP.get(collector.url + "/api/logs?service=api", token: token)
            return logs.json["logs"]?.arrayValue?.contains { $0["body"]?.stringValue == "serving" } == true
        }
        let restart = collector.url + "/api/processes/default/api/restart"
        #expect(try await HTTP.post(restart, "{}").status == 401)
        let answer = try await HTTP.post(restart, "{}", token: token)
        #expect(answer.status == 200, "\(answer.text) \(adapter.log)")
        remediation.process.terminate()
        #expect(await remediation.process.waitForExit(timeout: .seconds(15)) != nil)
        #expect(!suite.nats.log.contains("Violation"), "\(suite.nats.log)")
    }

    @Test(.timeLimit(.minutes(1))) func whatIsAnothersIsRefused() async throws {
        let suite = try await Suite.start(accounts: accounts())
        defer { suite.stop() }
        let bridges = "$JS.API.CONSUMER.DELETE.PROCESS_EVENTS.bridge-processes"
        let subjects = [Subjects.events(partition: 0), Subjects.otlpTraces, "$KV.argus_config.bridges.b", bridges]
        for user in ["process-adapter", "remediate", "chaos-order"] {
            var configuration = BusConfiguration(servers: [suite.nats.url], name: "test")
            (configuration.user, configuration.password, configuration.inboxPrefix) = (user, "secret", "_INBOX.\(user)")
            let bus = try await Bus.connect(configuration, logger: Logger(label: "test"))
            for subject in subjects where user != "chaos-order" || subject != Subjects.otlpTraces {
                try bus.send([], to: subject)
                try await eventually("\(user) is refused \(subject)") {
                    suite.nats.log.contains("user:\(user)\" - Publish Violation - Subject \"\(subject)\"")
                }
            }
            await bus.drain()
        }
    }

    private func processes(_ collector: RunningService) async throws -> [JSONValue] {
        try await HTTP.get(collector.url + "/api/processes", token: token).json["processes"]?.arrayValue ?? []
    }

    @Test(.timeLimit(.minutes(1))) func aServiceWithoutSecretsRefusesToStart() async throws {
        let suite = try await Suite.start()
        defer { suite.stop() }
        for name in ["ingest-gateway", "grouping-processor", "alert-api"] {
            let service = try suite.launch(name, environment: ["APP_ENV": "production"])
            #expect(await service.process.waitForExit(timeout: .seconds(15)) == 1)
            // The processor has no door that a token could open.
            #expect(service.log.contains("ARGUS_TOKENS") == (name != "grouping-processor"))
            #expect(service.log.contains("NATS_"))
        }
    }

    private func environment(_ user: String) -> [String: String] {
        let hash = SHA256.hash(data: Data(token.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return [
            "APP_ENV": "production", "NATS_USER": user, "NATS_PASSWORD": "secret", "ARGUS_TOKENS": "test:admin:\(hash)",
            "ARGUS_WEBHOOK_ALLOW_PRIVATE": "true",
        ]
    }

    /// The accounts of `deploy/nats/production.conf` with one password for all.
    private func accounts() throws -> String {
        let configuration = try String(contentsOfFile: "\(Suite.repository)/deploy/nats/production.conf", encoding: .utf8)
        let start = try #require(configuration.range(of: "\naccounts {"))
        return String(configuration[start.lowerBound...]).replacing(/\$ARGUS_NATS_PASSWORD_[A-Z_]+/, with: "\"secret\"")
    }
}
