// The batch, PagerDuty and Alertmanager doors against a real bus.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@testable import IngestGateway

@Suite(.timeLimit(.minutes(2))) struct BatchDoorTests {
    @Test func takesTheGoodOnesAndSaysWhatIsWrongWithTheOthers() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            try await gateway.putManager("n")
            let body = "[\(trigger("m", "a")),{\"action\":\"resolve\"},\(trigger("nobody", "x")),\(trigger("n", "b")),\(trigger("m", "c"))]"
            let answer = try await post(gateway.port, "/v1/events/batch", body)
            #expect(answer.status == 202)
            let json = try answer.json
            #expect(json["accepted"]?.integerValue == 3)
            let rejected = try #require(json["rejected"]?.arrayValue)
            #expect(rejected.map { $0["index"]?.integerValue } == [1, 2])
            #expect(rejected.map { $0["code"]?.stringValue } == ["invalid_event", "unknown_event_manager"])
            #expect(rejected[0]["field"]?.stringValue == "event_manager_id")
            #expect(rejected[0]["errors"]?.arrayValue?.count == 2)
            let taken = try #require(json["events"]?.arrayValue)
            #expect(taken.map { $0["index"]?.integerValue } == [0, 3, 4])
            #expect(taken.map { $0["dedupKey"]?.stringValue } == ["a", "b", "c"])
            #expect(try await gateway.events(of: "m").map(\.dedupKey) == ["a", "c"])
            #expect(try await gateway.events(of: "n").map(\.id) == [taken[1]["event_id"]?.stringValue])
        }
    }

    @Test func takesLinesByTypeOrByFirstCharacter() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            let first = trigger("m", "a")
            let lines = "\(first)\n\n{oops\n\(trigger("m", "b"))\r\n{}"
            for type in ["application/x-ndjson", "application/json"] {
                let answer = try await post(gateway.port, "/v1/events/batch", lines, headers: ["Content-Type": type])
                #expect(answer.status == 202)
                #expect(try answer.json["accepted"]?.integerValue == 2)
                let rejected = try #require(try answer.json["rejected"]?.arrayValue)
                #expect(rejected.map { $0["index"]?.integerValue } == [1, 3])
                #expect(rejected.map { $0["code"]?.stringValue } == ["invalid_json", "invalid_event"])
                // Where in the body it is, as in the answer to a body that is malformed as a whole.
                let offset = first.utf8.count + 3
                #expect(rejected[0]["message"]?.stringValue?.hasSuffix(" at line 3, column 2 (byte \(offset))") == true)
                #expect(
                    rejected[0]["position"]
                        == .object([
                            .init("offset", .integer(Int64(offset))), .init("line", .integer(3)), .init("column", .integer(2)),
                        ]))
                #expect(rejected[1]["position"] == nil)
            }
            #expect(try await gateway.events(of: "m").map(\.dedupKey) == ["a", "b", "a", "b"])
        }
    }

    @Test func isBounded() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            func batch(_ count: Int) -> String { "[" + (0..<count).map { trigger("m", "k\($0)") }.joined(separator: ",") + "]" }
            let full = try await post(gateway.port, "/v1/events/batch", batch(1000))
            #expect(try full.json["accepted"]?.integerValue == 1000)
            #expect(try await gateway.events(of: "m").map(\.dedupKey) == (0..<1000).map { "k\($0)" })
            #expect(try await gateway.messages(of: "m").count == 2)
            let more = try await post(gateway.port, "/v1/events/batch", batch(1001))
            #expect(more.status == 413)
            #expect(more.code == "too_many_events")
            let large = try await send(
                gateway.port, "POST", "/v1/events/batch", body: [UInt8](repeating: 0x20, count: 5 * 1024 * 1024 + 1))
            #expect(large.status == 413)
            let malformed = try await post(gateway.port, "/v1/events/batch", "[\(trigger("m", "z")),]")
            #expect(malformed.status == 400)
            #expect(malformed.code == "invalid_json")
            #expect(try await gateway.events(of: "m").count == 1000)
        }
    }

    @Test func largeBatchesSpanMessages() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            let details = String(repeating: "x", count: 48 * 1024)
            let body = "[" + (0..<80).map { trigger("m", "k\($0)", more: #","details":{"x":"\#(details)"}"#) }.joined(separator: ",") + "]"
            let answer = try await post(gateway.port, "/v1/events/batch", body)
            #expect(try answer.json["accepted"]?.integerValue == 80)
            #expect(try await gateway.messages(of: "m").allSatisfy { $0.payload.count <= MessageLimits.bytes })
            #expect(try await gateway.events(of: "m").map(\.dedupKey) == (0..<80).map { "k\($0)" })
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct PagerDutyDoorTests {
    @Test func takesTriggerAcknowledgeAndResolve() async throws {
        try await Gateway.run { gateway in
            try await gateway.putRule("r", keys: ["details.region"])
            try await gateway.putManager("m", rule: "r", routingKey: "R0123456789")
            let made = try await post(
                gateway.port, "/v2/enqueue",
                #"{"routing_key":"R0123456789","event_action":"trigger","payload":{"summary":"s","source":"h","severity":"critical","custom_details":{"region":"eu"}}}"#
            )
            #expect(made.status == 202)
            #expect(try made.json["status"]?.stringValue == "success")
            #expect(try made.json["message"]?.stringValue == "Event processed")
            let key = try #require(try made.json["dedup_key"]?.stringValue)
            for action in ["acknowledge", "resolve"] {
                let answer = try await post(
                    gateway.port, "/v2/enqueue",
                    #"{"routing_key":"R0123456789","event_action":"\#(action)","dedup_key":"\#(key)","client":"Ops"}"#)
                #expect(answer.status == 202)
                #expect(try answer.json["dedup_key"]?.stringValue == key)
            }
            let events = try await gateway.events(of: "m")
            #expect(events.map(\.action) == [.trigger, .acknowledge, .resolve])
            #expect(events[0].grouping.value == "eu")
            #expect(events[1].actor == "Ops")
        }
    }

    @Test func refusesInItsOwnForm() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m", routingKey: "R0123456789")
            let unknown = try await post(
                gateway.port, "/v2/enqueue", #"{"routing_key":"nobody","event_action":"resolve","dedup_key":"k"}"#)
            let missing = try await post(gateway.port, "/v2/enqueue", #"{"routing_key":"R0123456789","event_action":"trigger"}"#)
            let malformed = try await post(gateway.port, "/v2/enqueue", "{")
            for answer in [unknown, missing, malformed] {
                #expect(answer.status == 400)
                #expect(try answer.json["status"]?.stringValue == "invalid event")
                #expect(try answer.json["errors"]?.arrayValue?.isEmpty == false)
            }
            #expect(try missing.json["message"]?.stringValue == "Event object is invalid")
            #expect(try missing.json["errors"]?[0]?.stringValue == "'payload' is missing or blank")
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct AlertmanagerDoorTests {
    @Test func takesAlertsByQueryAndByLabel() async throws {
        try await Gateway.run(environment: ["ARGUS_RESOLVE_TIMEOUT": "60s"]) { gateway in
            try await gateway.putManager("m")
            try await gateway.putManager("n")
            let answer = try await post(
                gateway.port, "/api/v2/alerts?manager=m", #"[{"labels":{"alertname":"A"}},{"labels":{"alertname":"B"}}]"#)
            #expect(answer.status == 200)
            #expect(answer.body.isEmpty)
            let labelled = try await post(
                gateway.port, "/api/v2/alerts", #"[{"labels":{"alertname":"A","event_manager_id":"n"},"endsAt":"2020-01-01T00:00:00Z"}]"#)
            #expect(labelled.status == 200)
            let events = try await gateway.events(of: "m")
            #expect(events.map(\.class) == ["A", "B"])
            #expect(events.allSatisfy { $0.expiresAt == $0.receivedAt.adding(milliseconds: 60_000) && $0.isIdempotent })
            #expect(try await gateway.events(of: "n").map(\.action) == [.resolve])
            #expect(try await post(gateway.port, "/api/v2/alerts", "[]").status == 200)
        }
    }

    @Test func goodAlertsAreTakenBesideBadOnes() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            let answer = try await post(
                gateway.port, "/api/v2/alerts",
                #"[{"labels":{"alertname":"A","event_manager_id":"m"}},{"labels":{}},{"labels":{"alertname":"B"}},{"labels":{"event_manager_id":"x"}}]"#
            )
            #expect(answer.status == 400)
            let codes = try answer.json["error"]?["errors"]?.arrayValue?.compactMap { $0["code"]?.stringValue }
            #expect(codes == ["invalid_event", "missing_event_manager", "unknown_event_manager"])
            #expect(try await gateway.events(of: "m").count == 1)
            #expect(try await post(gateway.port, "/api/v2/alerts?manager=x", "[]").status == 404)
            #expect(try await post(gateway.port, "/api/v2/alerts?manager=m", "{}").status == 400)
        }
    }
}
