// Processes, runs and alerts as one story: what happens on the bus raises and resolves alerts, and can be seen.

import ArgusShared
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct StoryTests {
    private static let processes = """
        {"processes": {"pocketbase": {"namespace": "shop", "command": "echo serving; exec sleep 600", "probe": true, "backoff": 0.5}}}
        """
    private static let export = "workflow/acme/orders-export"

    @Test(.timeLimit(.minutes(2))) func aCrashRaisesAnAlertAndTheRecoveryResolvesIt() async throws {
        let suite = try await Suite.start()
        defer { suite.stop() }
        let compose = try await Supervisor.start(in: suite, processes: Self.processes)
        let (api, team) = try await startAlerting(suite, bridge: "process")
        let collector = try await startCollector(suite)
        _ = try await suite.start("process-adapter", environment: ["COMPOSE_URL": compose.url, "COLLECT_LOGS": "true"])
        try await eventually("the process is known to be healthy") {
            let processes = try await HTTP.get(collector.url + "/api/processes").json["processes"]?.arrayValue
            return processes?.first?["is_ready"]?.stringValue == "Ready"
        }

        #expect(try await HTTP.post(compose.url + "/standin/crash/pocketbase?code=9", "").status == 200)
        let key = "process/shop/pocketbase"
        try await eventually("the recovery resolves the alert", within: .seconds(30)) {
            try await allAlerts(api: api.url, manager: team.id)[key]?["status"]?.stringValue == "resolved"
        }
        let story = try await timeline(of: key, api: api.url)
        #expect(story.map(\.kind) == ["created", "resolved"])
        #expect(story.first?.note.hasPrefix("shop/pocketbase crashed with exit code 9 (PROCESS_EVENTS ") == true, "\(story)")
        #expect(story.first?.note.hasSuffix(", core.process.shop.pocketbase.crashed)") == true, "\(story)")
        #expect(story.last?.note.hasPrefix("shop/pocketbase is healthy (PROCESS_EVENTS ") == true, "\(story)")
        // What the process wrote, and what happened to it, are logs of one service.
        try await eventually("the logs tell what it wrote, and of the crash") {
            let logs = try await HTTP.get(collector.url + "/api/logs?service=pocketbase").json["logs"]?.arrayValue ?? []
            let bodies = logs.compactMap { $0["body"]?.stringValue }
            return bodies.contains("serving") && bodies.contains("shop/pocketbase crashed with exit code 9")
        }
    }

    @Test(.timeLimit(.minutes(2))) func aFailedRunRaisesAnAlertAndTheNextSuccessResolvesIt() async throws {
        let suite = try await Suite.start()
        defer { suite.stop() }
        let (api, team) = try await startAlerting(suite, bridge: "workflow")
        let collector = try await startCollector(suite)

        try await report(suite, "observer-example", "--runs", "1", "--interval", "0", "--failure-rate", "1")
        try await eventually("the failed run raises an alert") {
            try await allAlerts(api: api.url, manager: team.id)[Self.export]?["status"]?.stringValue == "active"
        }
        try await report(suite, "observer-example", "--runs", "1", "--interval", "0", "--failure-rate", "0")
        try await eventually("the next success resolves it") {
            try await allAlerts(api: api.url, manager: team.id)[Self.export]?["status"]?.stringValue == "resolved"
        }
        let story = try await timeline(of: Self.export, api: api.url)
        let runs = try await runs(of: "orders-export", 2, collector)
        let failed = try #require(runs.first { $0["status"]?.stringValue == "failed" })
        let succeeded = try #require(runs.first { $0["status"]?.stringValue == "succeeded" })
        #expect(story.map(\.kind) == ["created", "resolved"])
        for (run, transition) in zip([failed, succeeded], story) {
            #expect(transition.note.contains(try #require(run["run_id"]?.stringValue)), "\(transition)")
            #expect(transition.note.hasSuffix(", OBSERVE.RUN.ENDED)"), "\(transition)")
        }
        #expect(failed["error"]?.stringValue == "partner.example: connection refused")
        try await checkTrace(of: failed, steps: ["fetch", "convert", "deliver"], failing: ["deliver"], collector)
        try await checkTrace(of: succeeded, steps: ["fetch", "convert", "deliver"], failing: [], collector)
    }

    /// Without the SDK: raw JSON on the bus.
    @Test(.timeLimit(.minutes(2))) func aRunReportedByPythonIsReadTheSame() async throws {
        let suite = try await Suite.start()
        defer { suite.stop() }
        let (api, team) = try await startAlerting(suite, bridge: "workflow")
        let collector = try await startCollector(suite)
        for (status, alert) in [("failed", "active"), ("succeeded", "resolved")] {
            try await report(suite, "deploy/demo/report-run", status)
            try await eventually("a run that \(status) makes the alert \(alert)") {
                try await allAlerts(api: api.url, manager: team.id)["workflow/acme/import"]?["status"]?.stringValue == alert
            }
        }
        let runs = try await runs(of: "import", 2, collector)
        let failed = try #require(runs.first { $0["status"]?.stringValue == "failed" })
        #expect(failed["error"]?.stringValue == "the file has no header" && failed["trigger"]?["type"]?.stringValue == "manual")
        try await checkTrace(of: failed, steps: ["read"], failing: ["read"], collector)
    }

    // MARK: Helpers

    /// The alert path with a bridge of one source, which is in force when this returns.
    private func startAlerting(_ suite: Suite, bridge source: String) async throws -> (api: RunningService, team: Team) {
        _ = try await suite.start("ingest-gateway")
        _ = try await suite.start("grouping-processor")
        let api = try await suite.start("alert-api")
        let team = try await Team.create(api: api.url)
        let bridge = try await HTTP.post(api.url + "/v1/bridges", #"{"source":"\#(source)","event_manager_id":"\#(team.id)"}"#)
        #expect(bridge.status == 201, "\(bridge.text)")
        return (api, team)
    }

    private func startCollector(_ suite: Suite) async throws -> RunningService {
        try await suite.start("otlp-collector", environment: ["OTLP_GRPC_PORT": "0", "OTLP_HTTP_PORT": "0"])
    }

    /// Runs a program that reports runs to its end.
    private func report(_ suite: Suite, _ program: String, _ arguments: String...) async throws {
        let executable = program.contains("/") ? "\(Suite.repository)/\(program)" : "\(Suite.binaries)/\(program)"
        let log = "\(suite.directory)/report.log"
        let process = try ChildProcess(
            executable: executable, arguments: arguments + ["--nats-url", suite.nats.url], environment: nil,
            workingDirectory: suite.directory, output: log)
        let status = await process.waitForExit(timeout: .seconds(30))
        #expect(status == 0, "\(program): \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }

    /// The transitions of an alert, oldest first.
    private func timeline(of key: String, api: String) async throws -> [(kind: String, note: String)] {
        let answer = try await HTTP.get("\(api)/v1/alerts/\(key.replacing("/", with: "%2F"))/timeline")
        let transitions = try #require(answer.json["transitions"]?.arrayValue, "\(answer.text)")
        return transitions.map { ($0["type"]?.stringValue ?? "", $0["note"]?.stringValue ?? "") }
    }

    /// The runs of a workflow once so many have ended.
    private func runs(of workflow: String, _ count: Int, _ collector: RunningService) async throws -> [JSONValue] {
        var runs: [JSONValue] = []
        try await eventually("\(count) runs of \(workflow) are listed") {
            let answer = try await HTTP.get("\(collector.url)/api/runs?client=acme&workflow=\(workflow)")
            runs = answer.json["runs"]?.arrayValue?.filter { $0["ended_at"]?.stringValue != nil } ?? []
            return runs.count == count
        }
        return runs
    }

    /// A run is a trace: its root is the run, its children are the attempts of the run's steps.
    private func checkTrace(of run: JSONValue, steps: Set<String>, failing: Set<String>, _ collector: RunningService) async throws {
        let id = try #require(run["trace_id"]?.stringValue)
        var spans: [JSONValue] = []
        try await eventually("the trace of a run is stored") {
            spans = try await HTTP.get("\(collector.url)/api/traces/\(id)").json["spans"]?.arrayValue ?? []
            return spans.count > steps.count
        }
        let root = try #require(spans.first { $0["parent_span_id"]?.stringValue == nil })
        #expect((root["status"]?["code"]?.stringValue == "error") == (run["status"]?.stringValue == "failed"), "\(root)")
        let children = spans.filter { $0["parent_span_id"] == root["span_id"] }
        #expect(children.count == spans.count - 1)
        let names = Dictionary(grouping: children) { $0["name"]?.stringValue ?? "" }
        #expect(Set(names.keys) == steps, "\(names.keys)")
        for (name, attempts) in names {
            // Of several attempts the last one counts.
            let last = attempts.max { ($0["start_ns"]?.stringValue ?? "") < ($1["start_ns"]?.stringValue ?? "") }
            #expect((last?["status"]?["code"]?.stringValue == "error") == failing.contains(name), "\(name): \(attempts)")
        }
    }
}
