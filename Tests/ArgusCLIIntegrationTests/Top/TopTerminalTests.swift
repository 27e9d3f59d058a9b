// `argus top` in a real terminal.

import ArgusBus
import ArgusShared
import Foundation
import TestSupport
import Testing

@testable import ArgusCLI

@Suite(.serialized)
struct TopTerminalTests {
    private let argus: String

    init() throws {
        argus = try #require(ArgusExecutable.path)
    }

    private static let alerts = """
        {"alerts":[\(alert("p", "Database refuses connections", "high", parent: "null", children: 2)),\
        \(alert("c", "Replica lags", "medium", parent: "\"p\"", children: 0))],"total":2,"next_cursor":null}
        """

    private static func alert(_ id: String, _ summary: String, _ severity: String, parent: String, children: Int) -> String {
        """
        {"id":"\(id)","dedupKey":"db:\(id)","event_manager_id":"shop","summary":"\(summary)","severity":"\(severity)","status":"active",\
        "parent_id":\(parent),"child_count":\(children),"active_child_count":1,"event_count":1,\
        "created_at":"2026-01-31T09:53:31Z","updated_at":"2026-01-31T09:53:31Z","acknowledged_at":null,"acknowledged_by":null}
        """
    }

    @Test("Processes live, details with the log, a restart and a stop that were confirmed")
    func processes() async throws {
        let bed = try await TopBed.start()
        let intents = bed.bed.bus.subscribe(to: Subjects.processIntents, capacity: 10)
        let terminal = try await bed.terminal()
        try await bed.sampling {
            try await terminal.run("'\(argus)' top")
            let screen = try await terminal.wait(for: "default/api         Running", "jobs/worker         Running", "2 processes: 2 up")
            #expect(screen.count == 24 && screen[0].hasPrefix(" argus top  \(bed.bed.server.url)"))
            try await bed.bed.publish(.crashed, "elsewhere", code: 137)
            try await terminal.wait(for: "✖ default/elsewhere crashed (exit code 137)")

            try await terminal.press("Enter")
            let details = try await terminal.wait(for: "─ default/api ─", "log of process-compose", " first line", " red line")
            #expect(!details.contains { $0.contains("[31m") })
            try await terminal.press("Escape")

            let before = try await bed.processes()
            try await terminal.press("r")
            try await terminal.wait(for: "Restart default/api?  y yes  n no")
            try await terminal.press("n")
            try await terminal.wait(for: "? help")
            #expect(try await bed.processes().map(\.state.pid) == before.map(\.state.pid))
            try await terminal.type("ry")
            try await terminal.wait(for: "restarted default/api")
            try await eventually("it has another pid") { try await bed.processes().first?.state.pid != before.first?.state.pid }

            try await terminal.press("/")
            try await terminal.type("JOBS")
            try await terminal.press("Enter")
            try await terminal.wait("only the worker is shown") { lines in
                lines.contains { $0.contains("Processes 1 of 2") || $0.contains("Processes 1 of 3") }
                    && !lines.contains { $0.contains("default/api  ") }
            }
            try await terminal.type("sy")
            try await terminal.wait(for: "stopped jobs/worker")
            try await terminal.wait(for: "jobs/worker         Completed")
        }
        try await terminal.press("q")
        try await terminal.wait("the shell is back") { $0.contains("$") }
        var announced: [ProcessIntent?] = []
        for await message in intents.prefix(2) { announced.append(ProcessIntent(parsing: message.payload)) }
        #expect(announced == [ProcessIntent(namespace: "default", name: "api"), ProcessIntent(namespace: "jobs", name: "worker")])
    }

    @Test("Alerts of alert-api and of the bus, acknowledged and resolved")
    func alerts() async throws {
        let bed = try await TopBed.start()
        let answers: [String: RecordingServer.Answer] = [
            "GET /v1/alerts": .init(body: Self.alerts), "POST /v1/alerts/db%3Ac/acknowledge": .init(status: 202, body: "{}"),
            "POST /v1/alerts/db%3Ac/resolve": .init(status: 202, body: "{}"),
            "GET /v1/alerts/db%3Ac/timeline": .init(
                body: #"{"transitions":[{"type":"created","at":"2026-01-31T09:53:31Z","event_id":"e"}],"next_cursor":null}"#),
        ]
        try await RecordingServer.run(answers) { server in
            let terminal = try await bed.terminal(width: 100, edge: server.url)
            try await terminal.run("'\(argus)' top")
            try await terminal.wait(for: "Database refuses connections  db:p", "└ Replica lags  db:c", "1 of 2 active", "2 alerts, 1 high")
            try await terminal.press("Tab", "Down", "a")
            try await terminal.wait(for: "acknowledged db:c")
            try await terminal.press("Enter")
            try await terminal.wait(for: "─ Replica lags ─", "parent db:p", "2026-01-31 09:53:31 created")
            try await terminal.press("x")
            try await terminal.wait(for: "Resolve db:c?")
            try await terminal.press("y")
            try await terminal.wait(for: "asked to resolve db:c")
            let posts = server.received.filter { $0.line.hasPrefix("POST") }
            #expect(
                posts.map(\.line) == [
                    "POST /v1/alerts/db%3Ac/acknowledge?event_manager_id=shop", "POST /v1/alerts/db%3Ac/resolve?event_manager_id=shop",
                ])
            #expect(posts.allSatisfy { $0.body == #"{"by":"tester"}"# })

            try await terminal.press("Escape")
            try await bed.bed.bus.ensure(Streams.alerts)
            try await publishAlert("new", to: bed.bed.bus)
            try await terminal.wait(for: "came by the bus  key-new", "3 alerts, 2 high")
            try await terminal.press("C-c")
            try await terminal.wait("the shell is back") { $0.contains("$") }
        }
    }

    private func publishAlert(_ id: String, to bus: Bus) async throws {
        var event = AlertEvent(id: id, action: .trigger, managerID: "shop", dedupKey: "key-\(id)", receivedAt: .now())
        event.summary = "came by the bus"
        event.severity = .high
        let change = AlertChange(alert: Alert(openedBy: event, at: .now(), ordinal: 1), hasPayload: false, transitions: [])
        let commit = Commit(partition: 0, owner: "p", inputSequence: 1, clock: .now(), nextOrdinal: 2, changes: [change])
        _ = try await bus.publish(commit.encoded(), to: Subjects.alerts(partition: 0), headers: [HeaderName.schema: Schema.current])
    }

    @Test("However it ends, the terminal is as it was", arguments: ["q", "C-c", "TERM", "INT", "HUP"])
    func endings(how: String) async throws {
        let bed = try await TopBed.start()
        let terminal = try await bed.terminal()
        try await terminal.run("clear; stty -g | md5sum")
        let before = try await terminal.wait("the modes are shown") { $0[0].hasSuffix("-") }[0]
        try await terminal.run("clear; '\(argus)' top; echo \"ended $?\"; stty -g | md5sum")
        try await terminal.wait(for: " argus top ", "Processes")
        #expect(try await terminal.modes == "1 0")
        switch how {
        case "TERM": kill(try await terminal.child, SIGTERM)
        case "INT": kill(try await terminal.child, SIGINT)
        case "HUP": kill(try await terminal.child, SIGHUP)
        default: try await terminal.press(how)
        }
        let after = try await terminal.wait("the shell is back") { $0.contains("$") && $0[1].hasSuffix("-") }
        #expect(after[0] == "ended 0" && after[1] == before)
        #expect(try await terminal.modes == "0 1")
    }

    @Test("It is suspended and continued like any program, and follows the terminal's size")
    func suspending() async throws {
        let bed = try await TopBed.start()
        let terminal = try await bed.terminal()
        try await terminal.run("clear; '\(argus)' top; echo \"suspended $?\"")
        try await terminal.wait(for: "Processes")
        let dashboard = try await terminal.child
        try await terminal.press("C-z")
        try await terminal.wait(for: "suspended 148")
        #expect(try await terminal.modes == "0 1")
        try await terminal.resize(width: 50, height: 15)
        try await terminal.run("clear; fg")
        let continued = try await terminal.wait("it is drawn again in the new size") {
            $0.count == 15 && $0[0].hasPrefix(" argus top") && $0[14].contains("? help")
        }
        #expect(continued.allSatisfy { $0.count <= 50 })
        try await terminal.resize(width: 120, height: 40)
        try await terminal.wait("it follows the size") { $0.count == 40 && $0[2].count == 120 && $0[39].contains("? help") }

        kill(dashboard, SIGTSTP)
        try await terminal.wait(for: "Stopped")
        #expect(try await terminal.modes == "0 1")
        try await terminal.run("fg")
        try await terminal.wait("it is there again") { $0[0].hasPrefix(" argus top") && $0[39].contains("? help") }
        kill(dashboard, SIGSTOP)
        try await terminal.wait(for: "Stopped")
        try await terminal.run("fg")
        try await terminal.wait("it is there after a stop that it could not see") {
            $0[0].hasPrefix(" argus top") && $0[39].contains("? help")
        }
        try await terminal.press("q")
        try await terminal.wait("the shell is back") { lines in lines.contains { $0.hasPrefix("$") } }
        #expect(try await terminal.modes == "0 1")
    }

    @Test("A lost bus is shown, and what happened meanwhile comes with it")
    func reconnecting() async throws {
        let bed = try await TopBed.start()
        let terminal = try await bed.terminal()
        try await terminal.run("'\(argus)' top")
        try await bed.bed.publish(.started, "before")
        try await terminal.wait(for: "default/before started")
        await bed.bed.server.stop()
        try await terminal.wait(for: "bus lost for")
        try await bed.bed.server.restart()
        try await eventually("the test is connected") { bed.bed.bus.status == .connected }
        try await bed.bed.publish(.unhealthy, "after")
        let screen = try await terminal.wait(for: "default/after unhealthy", "default/before started")
        #expect(screen.count { $0.contains("default/before started") } == 1)
        try await terminal.wait("nothing is lost any more") { !$0[0].contains("bus lost") }
    }

    @Test("200 processes, rates of the services, and colours only where they are wanted")
    func many() async throws {
        let bed = try await TopBed.start()
        let bus = bed.bed.bus
        try await bus.ensure(Buckets.services)
        let colored = try await bed.terminal(width: 120, height: 40)
        let plain = try await bed.terminal(["NO_COLOR": "1"])
        for terminal in [colored, plain] { try await terminal.run("'\(argus)' top") }
        var states = (0..<200).map { ProcessState(name: "service-\($0 + 100)", namespace: "web", status: "Running") }
        states[150].status = "Error"
        let sample = ProcessSample(instance: "", at: .now(), processes: states.map { .init(state: $0, age: .seconds(60)) })
        let start = Timestamp.now()
        for terminal in [colored, plain] {
            var round: Int64 = 0
            try await eventually("rates and processes are shown", within: .seconds(30)) {
                round += 1
                try bus.send(sample.json, to: Subjects.processSamples(instance: ""))
                let time = start.adding(milliseconds: round * 1000).rfc3339
                let status = """
                    {"service":"ingest-gateway","instance":"i","timestamp":"\(time)","metrics":{"argus_ingest_events_total{door=\\"v1\\"}":\(round * 50)}}
                    """
                try await bus.keyValue(Buckets.services).put("ingest-gateway.i", Array(status.utf8))
                let lines = try await terminal.screen
                return lines[1].contains("200 processes: 199 up, 1 failed") && (lines[1].contains("events 50/s") || terminal === plain)
            }
        }
        try await colored.press("End")
        try await colored.wait("the last is in sight") { $0.contains { $0.hasPrefix("▶ web/service-299 ") } }
        try await colored.type("o")
        try await colored.press("Home")
        try await colored.wait("the failed one is first") { $0[4].hasPrefix("▶ web/service-250 ") && $0[4].contains("Error") }
        #expect(try await colored.styledScreen.contains("\u{1B}[32mRunning"))
        let styled = try await plain.styledScreen
        #expect(styled.contains("Running") && styled.contains(";7m"))
        #expect((31...36).allSatisfy { !styled.contains("[\($0)m") && !styled.contains(";\($0)m") })
    }

    @Test("Without a terminal it refuses, and tells how to look once")
    func once() async throws {
        let bed = try await TopBed.start()
        let (status, captured) = await bed.bed.run(["top"])
        #expect(status == .usage && captured.errors.contains("argus top --once") && captured.output.isEmpty)
        let terminal = try await bed.terminal(width: 160)
        try await terminal.run("clear; TERM=dumb '\(argus)' top; echo \"ended $?\"")
        try await terminal.wait(for: "ended 2", "argus top --once")

        try await bed.bed.publish(.crashed, "fragile", code: 3)
        try await RecordingServer.run(["GET /v1/alerts": .init(body: Self.alerts)]) { server in
            try await bed.sampling {
                let environment = ["ARGUS_URL": server.url]
                let (status, json) = await bed.bed.run(["top", "--once", "--json"], environment: environment)
                #expect(status == .success)
                let report = try JSONValue(parsing: Array(json.output.utf8))
                #expect(report["processes"]?.arrayValue?.compactMap { $0["state"]?["name"]?.stringValue } == ["api", "worker"])
                #expect(report["alerts"]?[0]?["children"]?[0]?["dedupKey"]?.stringValue == "db:c")
                #expect(report["events"]?[0]?["type"]?.stringValue == "crashed")
                let (_, text) = await bed.bed.run(["top", "--once"], environment: environment)
                #expect(text.output.contains("jobs/worker") && text.output.contains("Database refuses connections"))
                #expect(text.output.contains("default/fragile crashed (exit code 3)"))
            }
        }
        let (away, _) = await bed.bed.run(["top", "--once", "--nats-url", "nats://127.0.0.1:\(try FreePort.next())"])
        #expect(away == .unreachable)
    }
}
