// Bridges: templates, patterns, what matches, what an event becomes, and the JSON that is stored.

import ArgusShared
import TestSupport
import Testing

@Suite struct BridgeTests {
    private static let zero = Timestamp(milliseconds: 0)

    private func process() -> Bridge {
        Bridge(id: "b", source: .process, managerID: "m", at: Self.zero)
    }

    private func process(_ change: (inout Bridge) throws -> Void) rethrows -> Bridge {
        var bridge = process()
        try change(&bridge)
        return bridge
    }

    private func workflow() -> Bridge {
        Bridge(id: "w", source: .workflow, managerID: "m", at: Self.zero)
    }

    private func workflow(_ change: (inout Bridge) throws -> Void) rethrows -> Bridge {
        var bridge = workflow()
        try change(&bridge)
        return bridge
    }

    private func event(
        _ kind: ProcessEvent.Kind, _ name: String = "caddy", namespace: String = "default", sequence: UInt64 = 7, exitCode: Int64? = nil
    ) -> BridgeEvent {
        var event = ProcessEvent(kind, state: ProcessState(name: name, namespace: namespace, status: "Completed"), at: Self.zero)
        event.exitCode = exitCode
        return BridgeEvent(
            event,
            origin: .init(
                stream: "PROCESS_EVENTS", sequence: sequence, subject: event.subject, storedAt: Timestamp(milliseconds: 1_000)))
    }

    private func observation(_ json: String) throws -> BridgeEvent {
        try BridgeEvent(
            observation: Array(json.utf8),
            origin: .init(
                stream: "OBSERVATION", sequence: 9, subject: "OBSERVE.RUN.ENDED", storedAt: Timestamp(milliseconds: 1_000)))
    }

    private func ended(_ status: String, type: String = "run.ended", node: String = "", more: String = "") throws -> BridgeEvent {
        try observation(
            #"{"id":"e","type":"\#(type)","v":1,"timestamp":"2026-01-31T12:00:00Z","client_id":"org","workflow_id":"wf","#
                + #""run_id":"r1","node_id":"\#(node)","data":{"status":"\#(status)"\#(more)}}"#)
    }

    // MARK: Patterns and templates

    @Test(arguments: [
        ("*", "", true), ("*", "anything", true), ("", "", true), ("", "a", false), ("caddy", "caddy", true), ("caddy", "caddy2", false),
        ("web-*", "web-1", true), ("web-*", "we", false), ("*-db", "orders-db", true), ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-c-b", false),
        ("**x", "xx", true), ("*ab", "aab", true),
    ])
    func patterns(_ pattern: String, _ name: String, _ fits: Bool) {
        #expect(WildcardPattern(pattern).matches(name) == fits)
    }

    @Test func aPatternOfManyStarsEndsSoon() {
        let pattern = WildcardPattern(String(repeating: "a*", count: 100) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 5_000)))
    }

    @Test func templatesAreReadAndWritten() throws {
        let text = "{namespace}/{process} {what} {{literally}} ({exit_code})"
        let template = try BridgeTemplate(text, source: .process)
        #expect(template.text == text)
        #expect(template.rendered(event(.crashed, exitCode: 3)) == "default/caddy crashed with exit code 3 {literally} (3)")
        #expect(template.placeholders == [.namespace, .process, .what, .exitCode])
        #expect(try BridgeTemplate("", source: .process).parts.isEmpty)
    }

    @Test func templatesSayWhatIsWrong() {
        for (text, reason) in [
            ("{nope}", "unknown placeholder {nope}"), ("{run}", "unknown placeholder {run}"), ("{process", "a { without }"),
            ("process}", "a } without {"), ("{}", "unknown placeholder {}"),
        ] {
            let error = #expect(throws: BridgeTemplate.Malformed.self) { try BridgeTemplate(text, source: .process) }
            #expect(error?.description.contains(reason) == true, "\(text): \(error?.description ?? "")")
        }
        #expect(throws: BridgeTemplate.Malformed.self) { try BridgeTemplate("{pid}", source: .workflow) }
    }

    // MARK: Verdicts

    @Test func theDefaultsOfProcesses() {
        let bridge = process()
        #expect(bridge.verdict(on: event(.crashed)) == .trigger)
        #expect(bridge.verdict(on: event(.unhealthy)) == .trigger)
        #expect(bridge.verdict(on: event(.healthy)) == .resolve)
        #expect(bridge.verdict(on: event(.started)) == .resolveLater)
        for kind in [ProcessEvent.Kind.stopped, .restarted, .statusChanged] { #expect(bridge.verdict(on: event(kind)) == .nothing) }
        #expect(Set(bridge.disturbances) == [.started, .stopped, .crashed, .restarted, .unhealthy])
    }

    @Test func aBridgeConcernsOnlyWhatItMatches() throws {
        var bridge = process {
            $0.match.owner = WildcardPattern("default")
            $0.match.subject = WildcardPattern("cad*")
        }
        #expect(bridge.verdict(on: event(.crashed)) == .trigger)
        #expect(bridge.verdict(on: event(.crashed, "nats")) == .nothing)
        #expect(bridge.verdict(on: event(.crashed, namespace: "other")) == .nothing)
        #expect(bridge.verdict(on: try ended("failed")) == .nothing)
        bridge.isEnabled = false
        #expect(bridge.verdict(on: event(.crashed)) == .nothing)
        bridge.isEnabled = true
        bridge.activeSince = Timestamp(milliseconds: 1_001)
        #expect(bridge.verdict(on: event(.crashed)) == .nothing)
        bridge.activeSince = Timestamp(milliseconds: 1_000)
        #expect(bridge.verdict(on: event(.crashed)) == .trigger)
    }

    @Test func theDefaultsOfWorkflows() throws {
        let bridge = workflow()
        #expect(bridge.verdict(on: try ended("failed")) == .trigger)
        #expect(bridge.verdict(on: try ended("succeeded")) == .resolve)
        #expect(bridge.verdict(on: try ended("cancelled")) == .nothing)
        #expect(bridge.verdict(on: try ended("failed", type: "plugin.ended", node: "n")) == .nothing)
        #expect(bridge.verdict(on: try ended("succeeded", type: "plugin.ended", node: "n")) == .nothing)
        let lost = try observation(
            #"{"id":"e","type":"run.lost","timestamp":"2026-01-31T12:00:00Z","client_id":"org","workflow_id":"wf","run_id":"r1"}"#)
        #expect(bridge.verdict(on: lost) == .trigger && lost.status == "lost")
        #expect(bridge.trigger(by: lost, at: Self.zero).summary == "wf: run r1 was lost")
    }

    @Test(arguments: [("run.ended", #""node_id":"n""#, "run_id"), ("plugin.ended", #""run_id":"r1""#, "node_id")])
    func eventsNameTheRunAndTheNodeTheyAreAbout(type: String, named: String, missing: String) {
        let json = #"{"id":"e","type":"\#(type)","timestamp":"2026-01-31T12:00:00Z","client_id":"org","workflow_id":"wf",\#(named)}"#
        let error = #expect(throws: ObservationEvent.Malformed.self) { try observation(json) }
        #expect(error?.field == missing)
    }

    @Test func statusesAreOfTheUsersOwnWords() throws {
        let bridge = workflow {
            $0.match.statuses = ["timed_out"]
            $0.resolveOn = ["ok"]
        }
        #expect(bridge.verdict(on: try ended("timed_out")) == .trigger)
        #expect(bridge.verdict(on: try ended("ok")) == .resolve)
        #expect(bridge.verdict(on: try ended("failed")) == .nothing)
    }

    @Test func aNodesSuccessResolvesOnlyTheNode() throws {
        let bridge = try workflow {
            $0.match.types = ["plugin.ended"]
            $0.dedupKey = try BridgeTemplate("{client}/{workflow}/{node}", source: .workflow)
        }
        #expect(bridge.verdict(on: try ended("failed", type: "plugin.ended", node: "n")) == .trigger)
        #expect(bridge.verdict(on: try ended("succeeded", type: "plugin.ended", node: "n")) == .resolve)
        #expect(bridge.verdict(on: try ended("succeeded")) == .nothing)
        #expect(bridge.resolve(by: try ended("succeeded", type: "plugin.ended", node: "n"), at: Self.zero).dedupKey == "org/wf/n")
    }

    // MARK: Events

    @Test func aTriggerNamesTheEvent() throws {
        let alert = process().trigger(by: event(.crashed, exitCode: 137), at: Timestamp(milliseconds: 5))
        #expect(alert.action == .trigger && alert.managerID == "m" && alert.dedupKey == "process/default/caddy")
        #expect(alert.summary == "default/caddy crashed with exit code 137" && alert.severity == .high && alert.class == "process")
        #expect(alert.source == "default/caddy" && alert.component == "caddy" && alert.isIdempotent)
        #expect(alert.reason == "default/caddy crashed with exit code 137 (PROCESS_EVENTS 7, core.process.default.caddy.crashed)")
        let details = try #require(try alert.details?.value())
        #expect(details["bridge"] == .string("b"))
        #expect(details["event"]?["stream"] == .string("PROCESS_EVENTS") && details["event"]?["sequence"] == .integer(7))
        #expect(details["event"]?["subject"] == .string("core.process.default.caddy.crashed"))
        #expect(details["process"]?["exit_code"] == .integer(137) && details["process"]?["namespace"] == .string("default"))
        #expect(process().trigger(by: event(.unhealthy), at: Self.zero).severity == .medium)
        let custom = process { $0.severities["unhealthy"] = .high }
        #expect(custom.trigger(by: event(.unhealthy), at: Self.zero).severity == .high)
    }

    @Test func aFailedRunSaysWhy() throws {
        let alert = workflow().trigger(by: try ended("failed", more: #","error":"no route","attempt":2"#), at: Self.zero)
        #expect(alert.summary == "wf: run r1 failed: no route" && alert.dedupKey == "workflow/org/wf")
        let details = try #require(try alert.details?.value())
        #expect(details["run"]?["run_id"] == .string("r1") && details["run"]?["data"]?["error"] == .string("no route"))
        let large = try ended("failed", more: #","output":"\#(String(repeating: "x", count: 20_000))""#)
        #expect(try #require(try workflow().trigger(by: large, at: Self.zero).details?.value())["run"]?["data"] == nil)
    }

    @Test func aResolveSaysWhy() {
        let healthy = process().resolve(by: event(.healthy), at: Self.zero)
        #expect(healthy.action == .resolve && healthy.dedupKey == "process/default/caddy")
        #expect(healthy.reason == "default/caddy is healthy (PROCESS_EVENTS 7, core.process.default.caddy.healthy)")
        let running = process().resolve(by: event(.started), at: Self.zero, afterRunning: true)
        #expect(running.reason?.hasPrefix("default/caddy has been running for 30 s (PROCESS_EVENTS 7") == true)
    }

    @Test func identifiersAreTheSameForTheSameEventOnly() {
        let first = process().trigger(by: event(.crashed), at: Self.zero)
        #expect(first.id == process().trigger(by: event(.crashed), at: .now()).id)
        let others = [
            process().trigger(by: event(.crashed, sequence: 8), at: Self.zero).id,
            process { $0.id = "c" }.trigger(by: event(.crashed), at: Self.zero).id,
        ]
        #expect(Set(others + [first.id]).count == 3)
        #expect(first.id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12] && first.id.hasPrefix("00000000-03e8-8"))
    }

    @Test func textsStayWithinTheLimits() throws {
        let name = String(repeating: "n", count: 2_000)
        let alert = process().trigger(by: event(.crashed, name), at: Self.zero)
        #expect(alert.dedupKey.unicodeScalars.count <= 255 && alert.summary.unicodeScalars.count <= 1024)
        #expect(alert.source?.unicodeScalars.count ?? 0 <= 255)
        #expect(alert.dedupKey != process().trigger(by: event(.crashed, name + "o"), at: Self.zero).dedupKey)
        let blank = try process { $0.summary = try BridgeTemplate("{old_status}", source: .process) }
        #expect(blank.trigger(by: event(.crashed), at: Self.zero).summary == "default/caddy crashed")
        #expect(process().trigger(by: event(.crashed, "a\0b"), at: Self.zero).dedupKey == "process/default/a\u{FFFD}b")
    }

    @Test func unfitObservationsAreRefused() {
        for json in [
            "", "[]", #"{"type":"run.ended"}"#,
            #"{"type":"run.ended","timestamp":"yesterday","client_id":"c","workflow_id":"w"}"#,
            #"{"type":"run.ended","v":2,"timestamp":"2026-01-31T12:00:00Z","client_id":"c","workflow_id":"w"}"#,
        ] {
            #expect(throws: (any Error).self) { try observation(json) }
        }
    }

    // MARK: JSON

    @Test func whatIsStoredIsRead() throws {
        let changed = try process {
            $0.name = "Mine"
            $0.isEnabled = false
            $0.match.owner = WildcardPattern("prod-*")
            $0.match.types = ["stopped"]
            $0.severities["stopped"] = .high
            $0.summary = try BridgeTemplate("{process} {{}}", source: .process)
            $0.resolveOn = ["started"]
            $0.runningSeconds = 5
            $0.activeSince = Timestamp(milliseconds: 77)
        }
        for bridge in [process(), workflow(), changed] {
            var writer = JSONWriter()
            bridge.write(to: &writer)
            #expect(try Bridge(writer.bytes) == bridge)
        }
        #expect(throws: (any Error).self) { try Bridge(Array("{}".utf8)) }
    }

    @Test func aReasonTravels() throws {
        var event = AlertEvent(action: .resolve, managerID: "m", dedupKey: "k", receivedAt: Self.zero)
        event.reason = "because"
        var writer = JSONWriter()
        event.write(to: &writer)
        #expect(try AlertEvent.readLines(writer.bytes) == [event])
    }
}
