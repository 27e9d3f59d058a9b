// `argus remediate` on a real bus, against processes that really end.

import ArgusBus
import ArgusShared
import Foundation
import ProcessCompose
import TestSupport
import Testing

@testable import ArgusCLI

@Suite(.serialized)
struct RemediateTests {
    private static let quick = """
        manager: ops
        policies:
          - name: quick
            backoff: {initial: 50ms, factor: 2, max: 200ms, jitter: 0}
            recovered_after: 1s
            limits: {max_attempts: 2, within: 10m}
        """

    @Test("What crashes is restarted, by the default policy too; the intent is announced, and every decision is on the bus and told")
    func restarts() async throws {
        let bed = try await RemediateBed.start()
        defer { bed.end() }
        let intents = bed.bus.subscribe(to: Subjects.processIntents, capacity: 10)
        var announced = intents.makeAsyncIterator()
        try await bed.bus.flush()
        let before = try await bed.process("api").state.pid
        try await bed.running { captured in
            try await bed.crash(code: 137)
            try await bed.decided(.scheduled, .started, .succeeded)
            try await bed.runs()
            #expect(try await bed.process("api").state.pid != before)
            let decisions = try await bed.decisions()
            #expect(decisions.map(\.process) == ["api", "api", "api"] && decisions.allSatisfy { $0.policy == "restart-crashed" })
            #expect(decisions[0].trigger.exitCode == 137 && decisions[0].trigger.sequence == 1)
            #expect(decisions.allSatisfy { $0.epoch == 1 && !$0.instance.isEmpty && !$0.isDryRun })
            #expect(captured.output.contains("default/api restart started: crashed with exit code 137; attempt 1 of 3 [restart-crashed]"))
        }
        #expect(ProcessIntent(parsing: await announced.next()?.payload ?? []) == ProcessIntent(namespace: "default", name: "api"))
    }

    @Test("After the limit it gives up and raises an alert, until it gets through; what recovers resolves it")
    func givesUp() async throws {
        let bed = try await RemediateBed.start()
        defer { bed.end() }
        let policy = try bed.policy(Self.quick)
        let accepted = RecordingServer.Answer(body: #"{"status":"accepted","dedupKey":"k"}"#)
        try await RecordingServer.run(["POST /v1/events": accepted]) { edge in
            try await bed.running(["--policy", policy, "--url", edge.url], environment: ["ARGUS_TOKEN": "secret"]) { captured in
                for _ in 0..<2 {
                    try await bed.crash()
                    try await bed.runs()
                    try await eventually("it is done") { try await bed.decisions().last?.kind == .succeeded }
                }
                try await bed.crash(code: 9)
                try await bed.decided(.scheduled, .started, .succeeded, .scheduled, .started, .succeeded, .gaveUp, .alerted)
                #expect(try await !bed.process("api").isAlive)
                #expect(captured.output.contains("x default/api restart gave up: crashed with exit code 9 after 2 attempts within 10m 0s"))
                let alert = try #require(edge.received.first)
                #expect(alert.line == "POST /v1/events" && alert.authorization == "Bearer secret")
                let body = try JSONValue(parsing: Array(alert.body.utf8))
                #expect(body["event_manager_id"]?.stringValue == "ops" && body["action"]?.stringValue == "trigger")
                #expect(body["severity"]?.stringValue == "high" && body["dedupKey"]?.stringValue == "remediate/default/quick/default/api")
                #expect(body["summary"]?.stringValue?.hasPrefix("default/api: restart was given up: crashed with exit code 9") == true)
                #expect(body["details"]?["event_sequence"]?.integerValue == 3 && body["details"]?["exit_code"]?.integerValue == 9)
                try await bed.cli.publish(.crashed, "api", code: 9)
                try await bed.cli.publish(.crashed, "nobody")
                try await eventually("both are read") { try await bed.decisions().last?.kind == .skipped }
                #expect(try await bed.decisions().count { $0.kind == .gaveUp } == 1, "it is said once")
                #expect(edge.received.count == 1)
                #expect(await Captured().run(["process", "start", "api"], environment: bed.environment) == .success)
                try await bed.cli.publish(.started, "api")
                try await eventually("it has recovered") { edge.received.count == 2 }
                let end = try JSONValue(parsing: Array(edge.received[1].body.utf8))
                #expect(end["action"]?.stringValue == "resolve" && end["dedupKey"] == body["dedupKey"])
                try await eventually("it is said") { try await bed.decisions().suffix(2).map(\.kind) == [.recovered, .alerted] }
            }
        }
    }

    @Test("An alert that does not get through is tried again, also by the next instance")
    func alertIsOwed() async throws {
        let bed = try await RemediateBed.start()
        defer { bed.end() }
        let policy = try bed.policy(Self.quick.replacing("max_attempts: 2", with: "max_attempts: 1"))
        let nowhere = "http://127.0.0.1:\(try FreePort.next())"
        try await bed.running(["--policy", policy, "--url", nowhere]) { captured in
            try await bed.crash()
            try await bed.runs()
            try await eventually("it is done") { try await bed.decisions().last?.kind == .succeeded }
            try await bed.crash()
            try await eventually("it is told that nobody was told", within: .seconds(20)) {
                captured.errors.contains("an alert about default/api could not be raised, trying again")
            }
        }
        try await RecordingServer.run(["POST /v1/events": .init(body: "{}")]) { edge in
            try await bed.running(["--policy", policy, "--url", edge.url]) { _ in
                try await bed.decided(.scheduled, .started, .succeeded, .gaveUp, .alerted)
                #expect(edge.received.count == 1)
            }
        }
    }

    @Test("A dry run decides and does nothing, and does not keep another instance from acting")
    func dryRun() async throws {
        let bed = try await RemediateBed.start()
        defer { bed.end() }
        let policy = try bed.policy(Self.quick)
        try await RecordingServer.run([:]) { edge in
            try await bed.running(["--policy", policy, "--dry-run", "--url", edge.url]) { captured in
                try await bed.crash()
                for count in [3, 6] {
                    try await eventually("it is decided") { try await bed.decisions().count == count }
                    try await bed.cli.publish(.crashed, "api", code: 7)
                }
                try await bed.decided(.scheduled, .started, .succeeded, .scheduled, .started, .succeeded, .gaveUp)
                #expect(try await bed.decisions().allSatisfy(\.isDryRun))
                #expect(try await !bed.process("api").isAlive)
                #expect(captured.output.contains("(dry run)") && edge.received.isEmpty)
                try await bed.running(["--policy", policy, "--url", edge.url]) { _ in
                    try await bed.cli.publish(.crashed, "api", code: 1)
                    try await bed.runs()
                    try await eventually("it has said so") { try await bed.decisions().last { !$0.isDryRun }?.kind == .succeeded }
                }
            }
        }
        #expect(try await bed.decisions().filter { !$0.isDryRun }.map(\.kind) == [.scheduled, .started, .succeeded])
    }

    @Test("Attempts before a kill -9 count, and another instance goes on where the killed one was")
    func killed() async throws {
        let bed = try await RemediateBed.start()
        defer { bed.end() }
        let policy = try bed.policy(Self.quick)
        let first = try bed.launch(["--policy", policy])
        try await eventually("the first leads", within: .seconds(20)) { first.isLeading }
        let second = try bed.launch(["--policy", policy])
        try await eventually("the second stands by", within: .seconds(20)) { second.output.contains("stands by") }
        try await bed.crash()
        try await bed.decided(.scheduled, .started, .succeeded)
        try await bed.runs()
        first.child.terminate(signal: SIGKILL)
        // Nobody leads now: this one is found when the second takes over.
        try await bed.crash()
        try await bed.decided(.scheduled, .started, .succeeded, .scheduled, .started, .succeeded)
        try await bed.runs()
        #expect(second.isLeading)
        let decisions = try await bed.decisions()
        #expect(decisions.map(\.attempt) == [1, 1, 1, 2, 2, 2] && decisions.map(\.epoch) == [1, 1, 1, 2, 2, 2])
        #expect(Set(decisions.map(\.instance)).count == 2)
        try await bed.crash()
        try await eventually("the limit holds across both", within: .seconds(20)) { try await bed.decisions().last?.kind == .gaveUp }
        second.child.terminate()
        #expect(await second.child.waitForExit(timeout: .seconds(10)) == 0)
    }

    @Test("Of several instances one acts; when it ends in good order, the next one need not wait for the lease")
    func once() async throws {
        let bed = try await RemediateBed.start(["a", "b", "c"])
        defer { bed.end() }
        let policy = try bed.policy(Self.quick)
        var instances: [RemediateBed.Instance] = []
        for _ in 0..<3 { instances.append(try bed.launch(["--policy", policy])) }
        try await eventually("one leads", within: .seconds(20)) {
            instances.count { $0.isLeading } == 1 && instances.count { $0.output.contains("stands by") } == 2
        }
        for name in ["a", "b", "c"] { try await bed.crash(name) }
        for name in ["a", "b", "c"] { try await bed.runs(name) }
        try await eventually("all is said", within: .seconds(20)) { try await bed.decisions().count == 9 }
        #expect(Set(try await bed.decisions().map(\.instance)).count == 1)
        let leader = try #require(instances.first { $0.isLeading })
        leader.child.terminate()
        #expect(await leader.child.waitForExit(timeout: .seconds(10)) == 0)
        try await eventually("another leads", within: .milliseconds(1900)) { instances.count { $0.isLeading } == 2 }
    }

    @Test("An instance that stood still until another led acts no more")
    func fenced() async throws {
        let bed = try await RemediateBed.start()
        defer { bed.end() }
        let policy = try bed.policy(Self.quick)
        let first = try bed.launch(["--policy", policy])
        try await eventually("the first leads", within: .seconds(20)) { first.isLeading }
        first.child.terminate(signal: SIGSTOP)
        let second = try bed.launch(["--policy", policy])
        try await eventually("the second leads", within: .seconds(20)) { second.isLeading }
        try await bed.crash()
        try await bed.runs()
        first.child.terminate(signal: SIGCONT)
        try await eventually("the first gives way", within: .seconds(20)) { first.output.contains("has lost the lease") }
        try await bed.crash()
        try await bed.runs()
        try await bed.decided(.scheduled, .started, .succeeded, .scheduled, .started, .succeeded)
        #expect(Set(try await bed.decisions().map(\.epoch)) == [2])
    }

    @Test("Dependents that run are restarted after what they need is ready, in their order; others are left alone")
    func dependents() async throws {
        let bed = try await RemediateBed.start(["db", "api", "web", "idle"], probe: true)
        defer { bed.end() }
        try await eventually("all are ready", within: .seconds(20)) {
            try await bed.processes().allSatisfy { $0.state.readiness == .ready }
        }
        #expect(await Captured().run(["process", "stop", "idle"], environment: bed.environment) == .success)
        let before = try await bed.processes().reduce(into: [:]) { $0[$1.state.name] = $1.state.pid }
        let policy = try bed.policy("dependencies: {api: db, web: [api], idle: db}\n" + Self.quick)
        try await bed.running(["--policy", policy]) { _ in
            try await bed.crash("db")
            try await bed.decided(.scheduled, .started, .succeeded)
            let last = try #require(try await bed.decisions().last)
            #expect(last.reason == "restarted, and after it api, web")
            #expect(last.dependents == ["api", "idle", "web"])
            // A run that has only begun is shown with the pid of the run before.
            try await eventually("all that run were restarted") {
                try await bed.processes().allSatisfy { !$0.isAlive || before[$0.state.name] != $0.state.pid }
            }
            let after = try await bed.processes()
            #expect(after.allSatisfy { $0.isAlive == ($0.state.name != "idle") })
            #expect(after.filter(\.isAlive).sorted { $0.age > $1.age }.map(\.state.name) == ["db", "api", "web"])
        }
    }

    @Test("A process that runs again before its turn is left alone, and one that is not there is told of")
    func notNeeded() async throws {
        let bed = try await RemediateBed.start()
        defer { bed.end() }
        let policy = try bed.policy(Self.quick)
        let pid = try await bed.process("api").state.pid
        try await bed.running(["--policy", policy]) { _ in
            try await bed.cli.publish(.crashed, "api", code: 1)
            try await bed.decided(.scheduled, .skipped)
            #expect(try await bed.decisions()[1].reason == "runs again")
            try await bed.cli.publish(.crashed, "nobody", code: 1)
            try await bed.decided(.scheduled, .skipped, .scheduled, .skipped)
            #expect(try await bed.decisions()[3].reason == "process-compose at \(bed.composeURL) has no such process")
        }
        #expect(try await bed.process("api").state.pid == pid)
    }

    @Test("A command gets the event, a stop stops, a scale scales")
    func otherActions() async throws {
        let bed = try await RemediateBed.start(["job", "worker", "bad"])
        defer { bed.end() }
        let policy = try bed.policy(
            """
            policies:
              - name: run
                match: {process: job}
                action: {command: [/bin/sh, -c, 'echo "$ARGUS_PROCESS $ARGUS_EXIT_CODE $(cat)"']}
                backoff: {initial: 10ms}
              - name: more
                match: {process: worker, type: unhealthy}
                action: {scale: 2}
                backoff: {initial: 10ms}
              - name: halt
                match: {process: bad, type: unhealthy}
                action: stop
                backoff: {initial: 10ms}
            """)
        try await bed.running(["--policy", policy]) { _ in
            try await bed.cli.publish(.crashed, "job", code: 5)
            try await bed.decided(.scheduled, .started, .succeeded)
            let reason = try await bed.decisions()[2].reason
            #expect(reason.hasPrefix("/bin/sh ended well: job 5 {\"type\":\"crashed\",\"process\":\"job\"") && reason.hasSuffix("}"))
            try await bed.cli.publish(.unhealthy, "worker")
            try await eventually("there are two") {
                try await bed.processes().map(\.state.name).filter { $0.hasPrefix("worker") }.sorted() == ["worker-0", "worker-1"]
            }
            try await bed.cli.publish(.unhealthy, "bad")
            try await eventually("it is stopped") { try await !bed.process("bad").isAlive }
            try await eventually("all is said") { try await bed.decisions().count { $0.kind == .succeeded } == 3 }
        }
    }

    @Test("process-compose that is away makes attempts fail, and count; a restart of the bus loses nothing")
    func outages() async throws {
        let bed = try await RemediateBed.start()
        defer { bed.end() }
        let policy = try bed.policy(Self.quick)
        try await bed.running(["--policy", policy]) { captured in
            try await bed.cli.server.restart()
            try await eventually("the bus is back", within: .seconds(20)) { bed.bus.status == .connected }
            try await bed.crash()
            try await bed.runs()
            try await eventually("it is done", within: .seconds(20)) { try await bed.decisions().last?.kind == .succeeded }
            bed.standIn.terminate()
            #expect(await bed.standIn.waitForExit(timeout: .seconds(10)) != nil)
            try await bed.cli.publish(.crashed, "api", code: 1)
            try await bed.decided(.scheduled, .started, .succeeded, .scheduled, .started, .failed, .gaveUp)
            #expect(captured.output.contains("does not answer"))
        }
    }
}
