// Commands that call the services, against a server that records the calls.

import ArgusShared
import TestSupport
import Testing

@testable import ArgusCLI

struct ServiceCommandTests {
    private static let alert = """
        {"id":"1","dedupKey":"s/1:cpu","event_manager_id":"m","summary":"High CPU","severity":"high","class":"infra","source":null,\
        "component":null,"details":{"load":9},"links":null,"type":"parent","status":"active","parent_id":null,"parent_dedupKey":null,\
        "child_count":2,"active_child_count":1,"event_count":3,"created_at":"2026-01-31T09:53:31.123Z",\
        "updated_at":"2026-01-31T09:54:31.123Z","resolved_at":null,"acknowledged_at":null,"acknowledged_by":null}
        """

    private static func run(
        _ arguments: [String], _ server: RecordingServer, environment: [String: String] = [:]
    ) async -> (status: CommandStatus, captured: Captured) {
        let captured = Captured()
        return (await captured.run(arguments + ["--url", server.url], environment: environment), captured)
    }

    @Test("alerts list asks for what was said, with the token, and shows a table")
    func listsAlerts() async throws {
        let page = #"{"alerts":[\#(Self.alert)],"total":7,"total_exact":true,"next_cursor":null}"#
        try await RecordingServer.run(["GET /v1/alerts": .init(body: page)]) { server in
            let arguments = ["alerts", "list", "--status", "active", "--manager", "a b", "-q", "50% & more", "--limit", "5"]
            let (status, captured) = await Self.run(arguments, server, environment: ["ARGUS_TOKEN": "secret"])
            #expect(status == .success)
            let query = "status=active&event_manager_id=a%20b&q=50%25%20%26%20more&limit=5"
            #expect(server.received == [.init(line: "GET /v1/alerts?\(query)", authorization: "Bearer secret", body: "")])
            let lines = captured.output.split(separator: "\n").map(String.init)
            #expect(lines[1] == "active  high      parent of 2 (1 active)  2026-01-31 09:54:31  s/1:cpu  High CPU")
            #expect(lines[2] == "1 of 7; see more with --limit.")
        }
    }

    @Test("alerts show brings together alert, why, children and timeline; its key is escaped")
    func showsAlert() async throws {
        let path = "GET /v1/alerts/s%2F1%3Acpu"
        let transitions =
            #"{"transitions":[{"type":"opened","at":"2026-01-31T09:53:31.123Z","note":"first"}],"total":1,"next_cursor":null}"#
        let answers: [String: RecordingServer.Answer] = [
            path: .init(body: Self.alert), path + "/why": .init(body: #"{"explanation":"It opened a group."}"#),
            path + "/children": .init(body: #"{"alerts":[],"total":0,"next_cursor":null}"#), path + "/timeline": .init(body: transitions),
        ]
        try await RecordingServer.run(answers) { server in
            let (status, captured) = await Self.run(["alerts", "show", "s/1:cpu"], server)
            #expect(status == .success)
            #expect(captured.output.contains("why:           It opened a group.\n"))
            #expect(captured.output.contains("2026-01-31 09:53:31 opened: first\n"))
            let (_, json) = await Self.run(["alerts", "show", "s/1:cpu", "--json"], server)
            let value = try JSONValue(parsing: Array(json.output.utf8))
            #expect(value["alert"]?["details"]?["load"]?.integerValue == 9)
            #expect(value["transitions"]?[0]?["note"]?.stringValue == "first")
        }
    }

    @Test("Alerts are acknowledged and resolved by name")
    func acts() async throws {
        let accepted = RecordingServer.Answer(status: 202, body: #"{"status":"accepted"}"#)
        let answers = [
            "POST /v1/alerts/a/acknowledge": accepted, "POST /v1/alerts/b/acknowledge": accepted, "POST /v1/alerts/a/resolve": accepted,
        ]
        try await RecordingServer.run(answers) { server in
            #expect(await Self.run(["alerts", "ack", "a", "b", "--by", "ana"], server).status == .success)
            #expect(await Self.run(["alerts", "resolve", "a"], server, environment: ["USER": "bob"]).status == .success)
            #expect(server.received.map(\.body) == [#"{"by":"ana"}"#, #"{"by":"ana"}"#, #"{"by":"bob"}"#])
        }
    }

    @Test("Events are sent, an acknowledgement by the manager's routing key")
    func sends() async throws {
        let answers: [String: RecordingServer.Answer] = [
            "POST /v1/events": .init(status: 202, body: #"{"status":"accepted","dedupKey":"k","event_id":"e"}"#),
            "GET /v1/event-managers/m": .init(body: #"{"id":"m","routing_key":"r"}"#),
            "POST /v2/enqueue": .init(status: 202, body: #"{"status":"success","dedup_key":"k"}"#),
        ]
        try await RecordingServer.run(answers) { server in
            let trigger = [
                "send", "trigger", "It burns", "--manager", "m", "--severity", "high", "--class", "fire", "--details", #"{"room":1}"#,
            ]
            let (status, captured) = await Self.run(trigger, server)
            #expect(status == .success && captured.output == "accepted: k\n")
            #expect(await Self.run(["send", "resolve", "--manager", "m", "--key", "k"], server).status == .success)
            #expect(await Self.run(["send", "acknowledge", "--manager", "m", "--key", "k", "--by", "ana"], server).status == .success)
            #expect(
                server.received.map(\.body) == [
                    #"{"event_manager_id":"m","action":"trigger","summary":"It burns","severity":"high","class":"fire","details":{"room":1}}"#,
                    #"{"event_manager_id":"m","action":"resolve","dedupKey":"k"}"#, "",
                    #"{"routing_key":"r","event_action":"acknowledge","dedup_key":"k","client":"ana"}"#,
                ])
        }
    }

    @Test("Managers and rules are listed, created and deleted")
    func configures() async throws {
        let rule = #"{"id":"r","name":"By host","grouping_key":["details.host","class"],"time_window_minutes":10,"group_missing":false}"#
        let manager = #"{"id":"m","name":"Team","grouping_rule_id":"r","notification_config":{"webhook_url":null,"format":"argus"}}"#
        let answers: [String: RecordingServer.Answer] = [
            "POST /v1/grouping-rules": .init(status: 201, body: rule),
            "GET /v1/grouping-rules": .init(body: #"{"grouping_rules":[\#(rule)],"total":1,"next_cursor":null}"#),
            "POST /v1/event-managers": .init(status: 201, body: manager),
            "GET /v1/event-managers": .init(body: #"{"event_managers":[\#(manager)],"total":1,"next_cursor":null}"#),
            "DELETE /v1/event-managers/m": .init(status: 204),
        ]
        try await RecordingServer.run(answers) { server in
            let create = ["rules", "create", "By host", "--id", "r", "--key", "details.host", "--key", "class", "--window", "10"]
            #expect(await Self.run(create, server).status == .success)
            #expect(await Self.run(["rules"], server).captured.output.contains("r   By host  details.host, class  10m"))
            #expect(await Self.run(["managers", "create", "Team", "--rule", "r"], server).captured.output.contains("rule:          r\n"))
            #expect(await Self.run(["managers", "list"], server).captured.output.contains("m   Team  r     -"))
            #expect(await Self.run(["managers", "delete", "m", "--force"], server).captured.output == "deleted m\n")
            #expect(server.received.last?.line == "DELETE /v1/event-managers/m?force=true")
            #expect(server.received.first?.body.contains(#""grouping_key":["details.host","class"]"#) == true)
        }
    }

    @Test("Dead letters come in pages, and all of them are tried")
    func deadLetters() async throws {
        let answers: [String: RecordingServer.Answer] = [
            "GET /api/dlq": .init(
                body: #"{"files":[{"id":"a","state":"waiting","bytes":2048},{"id":"b","state":"aside"}],"total":2,"next":null}"#),
            "POST /api/dlq/a/replay": .init(body: #"{"id":"a","stored":7,"duplicates":1}"#),
            "POST /api/dlq/b/replay": .init(status: 422, body: #"{"error":{"code":"cannot_be_stored","message":"Never."}}"#),
            "DELETE /api/dlq/b": .init(status: 204),
        ]
        try await RecordingServer.run(answers) { server in
            #expect(await Self.run(["dlq"], server).captured.output.contains("2.0 KiB"))
            let (status, captured) = await Self.run(["dlq", "replay", "--all"], server)
            #expect(status == .failure)
            #expect(captured.output == "a: 7 stored, 1 were stored before\n")
            #expect(captured.errors.contains("b: otlp-collector: Never.") && captured.errors.contains("1 of 2 files failed"))
            #expect(await Self.run(["dlq", "delete", "b"], server).captured.output == "deleted b\n")
        }
    }

    @Test("That there are no dead letters is said, but not to programs")
    func noDeadLetters() async throws {
        try await RecordingServer.run(["GET /api/dlq": .init(body: #"{"files":[],"total":0,"next":null}"#)]) { server in
            for action in ["replay", "delete"] {
                let (status, captured) = await Self.run(["dlq", action, "--all"], server)
                #expect(status == .success && captured.output == "No dead letters.\n")
            }
            #expect(await Self.run(["dlq", "delete", "--all", "--json"], server).captured.output.isEmpty)
        }
    }

    @Test(
        "What services refuse becomes one sentence and an exit code",
        arguments: [
            (401, #"{"error":{"code":"unauthorized","message":"No."}}"#, CommandStatus.refused),
            (404, #"{"error":{"code":"not_found","message":"No."}}"#, .notFound),
            (422, #"{"error":{"code":"x","message":"No.","errors":[{"field":"class","message":"No. Really"}]}}"#, .failure),
            (503, #"{"error":{"code":"unavailable","message":"No."}}"#, .unreachable), (500, "No. <html>", .failure),
            (200, "No.", .failure),
        ])
    func refusals(_ status: Int, _ body: String, _ expected: CommandStatus) async throws {
        try await RecordingServer.run(["GET /v1/grouping-rules/x": .init(status: status, body: body)]) { server in
            let (ended, captured) = await Self.run(["rules", "show", "x"], server)
            #expect(ended == expected)
            #expect(captured.output.isEmpty && captured.errors.split(separator: "\n").count == 1)
            #expect(captured.errors.hasPrefix("argus: alert-api"))
        }
    }

    @Test("A service that is away is told with its address")
    func away() async throws {
        let url = "http://127.0.0.1:\(try FreePort.next())"
        let captured = Captured()
        #expect(await captured.run(["alerts"], environment: ["ARGUS_URL": url]) == .unreachable)
        #expect(captured.errors.hasPrefix("argus: alert-api at \(url) does not answer (Connection refused)"))
    }
}
