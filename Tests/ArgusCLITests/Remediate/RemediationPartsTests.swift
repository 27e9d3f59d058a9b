// Decisions as JSON and as lines, programs that are run, and the order of dependents.

import ArgusShared
import Foundation
import ProcessCompose
import TestSupport
import Testing

@testable import ArgusCLI

struct RemediationPartsTests {
    private static func decision(_ kind: RemediationDecision.Kind = .scheduled) -> RemediationDecision {
        RemediationDecision(
            kind, id: "default.p.prod/a.b.7.2", at: Timestamp(milliseconds: 1_700_000_000_123), namespace: "prod", process: "a.b",
            set: "default", policy: "p", action: .restart, attempt: 2, of: 3, reason: "crashed with exit code 137",
            trigger: .init(.crashed, at: Timestamp(milliseconds: 1_700_000_000_000), sequence: 7, exitCode: 137))
    }

    @Test("A decision is the same after its JSON was read", arguments: RemediationDecision.Kind.allCases)
    func json(kind: RemediationDecision.Kind) throws {
        var decision = Self.decision(kind)
        #expect(try RemediationDecision(parsing: decision.json) == decision)
        decision.due = Timestamp(milliseconds: 1_700_000_002_000)
        decision.delay = 1999
        decision.dependents = ["web", "\"quoted\""]
        decision.instance = "host-1"
        decision.epoch = 4
        decision.isDryRun = true
        #expect(try RemediationDecision(parsing: decision.json) == decision)
        #expect(decision.subject == "argus.remediations.prod.a%2Eb")
    }

    @Test("What is no decision is refused by the member that is wrong")
    func malformed() {
        let text = String(decoding: Self.decision().json, as: UTF8.self)
        for (from, to, field) in [
            ("\"kind\":\"scheduled\"", "\"kind\":\"x\"", "kind"), ("\"action\":\"restart\"", "\"action\":1", "action"),
            ("\"attempt\":2", "\"attempt\":\"2\"", "attempt"), ("\"sequence\":7", "\"sequence\":-7", "event"),
            ("\"timestamp\":\"2023-11-14T22:13:20.123Z\"", "\"timestamp\":\"then\"", "timestamp"),
        ] {
            #expect(text.contains(from))
            let error = #expect(throws: RemediationDecision.Malformed.self) {
                try RemediationDecision(parsing: Array(text.replacing(from, with: to).utf8))
            }
            #expect(error?.field == field)
        }
    }

    @Test("A line says when, what about which process, why and by which policy")
    func line() {
        let output = Output(json: false, surroundings: Captured().surroundings())
        #expect(
            RemediationReport.text(Self.decision(.gaveUp), output)
                == "22:13:20.123 x prod/a.b restart gave up: crashed with exit code 137 [p]")
        var dry = Self.decision(.succeeded)
        dry.isDryRun = true
        #expect(RemediationReport.text(dry, output).hasSuffix("[p] (dry run)"))
    }

    @Test("Dependents come after all that they need")
    func order() throws {
        let graph = try DependencyGraph(needs: ["web": ["api", "mail"], "api": ["db"], "mail": ["db", "api"], "lone": ["x"]])
        #expect(graph.dependents(of: "db") == ["api", "mail", "web"])
        #expect(graph.dependents(of: "web") == [])
        #expect(graph.depends("web", on: "db") && !graph.depends("db", on: "web"))
        #expect(throws: DependencyGraph.Cycle(path: ["a", "b", "a"])) { try DependencyGraph(needs: ["a": ["b"], "b": ["a"]]) }
        #expect(throws: DependencyGraph.Cycle(path: ["a", "a"])) { try DependencyGraph(needs: ["a": ["a"]]) }
    }

    @Test("A process that runs again needs no restart; one that is unhealthy in the same run does")
    func obstacles() {
        let now = Timestamp.now()
        func reason(_ kind: ProcessEvent.Kind, _ status: String, _ readiness: ProcessState.Readiness, ranFor seconds: Int64) -> String? {
            var state = ProcessState(name: "a", status: status)
            state.readiness = readiness
            let trigger = RemediationDecision.Trigger(kind, at: now.adding(milliseconds: -10_000), sequence: 1)
            return RemediationActions.reasonNotToRestart(ObservedProcess(state: state, age: .seconds(seconds)), after: trigger)
        }
        #expect(reason(.crashed, "Completed", .unknown, ranFor: 0) == nil)
        #expect(reason(.crashed, "Restarting", .unknown, ranFor: 0) == nil)
        #expect(reason(.crashed, "Running", .unknown, ranFor: 1) == "runs again")
        #expect(reason(.unhealthy, "Running", .notReady, ranFor: 60) == nil)
        #expect(reason(.unhealthy, "Running", .ready, ranFor: 60) == "is healthy again")
        #expect(reason(.unhealthy, "Running", .notReady, ranFor: 5) == "has been restarted since")
        #expect(reason(.started, "Running", .unknown, ranFor: 10) == nil)
    }

    // MARK: Programs

    private func run(_ command: [String], input: String = "", timeout: Duration = .seconds(20)) async -> RemediationProgram.Ending {
        await RemediationProgram(command: command, environment: ["A": "b c"], input: Array(input.utf8), timeout: timeout).run()
    }

    @Test("A program gets its arguments as they are, its input and its environment")
    func program() async {
        #expect(await run(["/bin/cat"], input: "{\"a\":1}") == .init(cause: .exited(0), output: "{\"a\":1}"))
        #expect(await run(["/bin/echo", "$HOME", "a b", "*"]).output == "$HOME a b *")
        #expect(await run(["/usr/bin/env"]).output == "A=b c")
        #expect(await run(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]) == .init(cause: .exited(3), output: "out err"))
        #expect(await run(["/bin/sh", "-c", "kill -9 $$"]).cause == .signalled(9))
        #expect(await run(["/nowhere/program"]) == .init(cause: .notStarted("No such file or directory")))
        #expect(await run(["/bin/true"], input: String(repeating: "x", count: 1 << 20)).cause == .notStarted("its input is too large"))
    }

    @Test("Of a long output the end is kept")
    func output() async {
        let ending = await run(["/bin/sh", "-c", "i=0; while [ $i -lt 30000 ]; do echo line$i; i=$((i+1)); done"])
        #expect(ending.cause == .exited(0))
        #expect(ending.output.utf8.count <= 1024 && ending.output.hasSuffix("line29999"))
    }

    @Test("A program that does not end is ended with all that it started, even if it ignores SIGTERM")
    func timeout() async throws {
        for ignoring in ["", "trap '' TERM; "] {
            let script = ignoring + "sleep 1000 & echo $!; wait; wait"
            let ending = await run(["/bin/sh", "-c", script], timeout: .milliseconds(500))
            #expect(ending.cause == .timedOut)
            let child = try #require(Int32(ending.output))
            try await eventually("the child is gone") { Self.isGone(child) }
        }
    }

    private static func isGone(_ pid: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
        return text.contains(") Z ")
    }

    @Test("A cancelled run ends its program, and children have the default signals")
    func cancellation() async throws {
        let task = Task { await run(["/bin/sleep", "1000"]) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        #expect(await task.value.cause == .timedOut)
        #expect(await run(["/bin/sh", "-c", "kill -INT $$; echo survived"]).cause == .signalled(2))
    }

    @Test("What a program is told of the event")
    func variables() {
        let variables = RemediationActions.variables(Self.decision())
        #expect(variables["ARGUS_PROCESS"] == "a.b" && variables["ARGUS_NAMESPACE"] == "prod" && variables["ARGUS_EXIT_CODE"] == "137")
        #expect(variables["ARGUS_EVENT_TYPE"] == "crashed" && variables["ARGUS_ATTEMPT"] == "2" && variables["ARGUS_MAX_ATTEMPTS"] == "3")
    }
}
