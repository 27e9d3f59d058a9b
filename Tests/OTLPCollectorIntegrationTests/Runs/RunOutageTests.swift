// Runs while the database or the bus is away, and what becomes of old ones.

import ArgusBus
import ArgusShared
import ArgusStorage
import TestSupport
import Testing

@testable import OTLPCollector

@Suite(.timeLimit(.minutes(3))) struct RunOutageTests {
    @Test func aDatabaseThatIsAwayForAWhileLosesNothing() async throws {
        let postgres = try await PostgresServer()
        let bed = try await RunBed(.postgres, dsn: try await postgres.createDatabase())
        try await bed.withInstance { instance in
            try await bed.report([RunBed.event(.runStarted, run: "before")])
            try await instance.run("before", is: "running")
            try await postgres.stop()
            for number in 0..<5 { try await bed.report(RunBed.history(run: "r\(number)")) }
            let started = ProcessEvent(.started, state: ProcessState(name: "caddy"), at: .now())
            _ = try await bed.bus.publish(started.json, to: started.subject)
            try await eventually("all of it waits", within: .seconds(20)) {
                try await bed.bus.consumerInfo(stream: Consumers.runTracker.stream, name: Consumers.runTracker.name).unacknowledged >= 40
            }
            try await postgres.start()
            try await eventually("all runs are there", within: .seconds(60)) {
                let answer = try await instance.get("/api/runs?status=succeeded")
                return answer.json["runs"]?.arrayValue?.count == 5
            }
            for number in 0..<5 {
                let trace = RunIdentity(client: "org_123", workflow: "wf_abc", run: "r\(number)").traceID
                _ = try await instance.trace("\(trace)", spans: 4)
            }
            try await eventually("the change is a log", within: .seconds(60)) {
                try await instance.get("/api/logs?range=1h").json["logs"]?.arrayValue?.count == 1
            }
        }
        try await postgres.stop()
    }

    @Test(arguments: RunBed.Kind.allCases) func aBusThatStartsAgainLosesNothing(kind: RunBed.Kind) async throws {
        let bed = try await RunBed(kind)
        try await bed.withInstance { instance in
            let history = try RunBed.history(run: "r")
            try await bed.report(Array(history.prefix(4)))
            try await instance.run("r", is: "running")
            bed.nats.kill()
            try await bed.nats.restart()
            try await eventually("the bus is back", within: .seconds(30)) { bed.bus.status == .connected }
            try await bed.report(Array(history.dropFirst(4)))
            try await eventually("the run has ended", within: .seconds(60)) {
                try await instance.get("/api/runs/r").json["status"]?.stringValue == "succeeded"
            }
            let trace = RunIdentity(client: "org_123", workflow: "wf_abc", run: "r").traceID
            try await eventually("its trace is complete", within: .seconds(60)) {
                try await instance.get("/api/traces/\(trace)").json["spans"]?.arrayValue?.count == 4
            }
        }
    }

    @Test(arguments: RunBed.Kind.allCases) func oldRunsAreForgottenAndRunningOnesAreNot(kind: RunBed.Kind) async throws {
        let bed = try await RunBed(kind)
        try await bed.withInstance(lostAfter: .seconds(365 * 86_400)) { instance in
            let store = RunStore(database: instance.database)
            let day: Int64 = 86_400_000
            let old = store.now() - 10 * day
            func absorb(_ type: ObservationType, _ run: String, seen: Int64, node: String = "") async throws {
                let event = try RunBed.event(type, run: run, node: node, at: Timestamp(milliseconds: seen))
                _ = try await store.absorb([RunEvent(event, seen: seen)])
            }
            for run in ["ended", "running", "young"] {
                let seen = run == "young" ? store.now() : old
                try await absorb(.runStarted, run, seen: seen)
                try await absorb(.pluginEnded, run, seen: seen, node: "n")
                if run != "running" { try await absorb(.runEnded, run, seen: seen) }
            }
            let due = try await store.overdue(after: 0)
            #expect(due.runs.count <= 2 && due.steps.count <= 3)
            try await store.published(due)
            _ = try await store.forget(after: 7 * day)
            let runs = try await instance.get("/api/runs?range=30d").json["runs"]?.arrayValue
            #expect(Set(runs?.compactMap { $0["run_id"]?.stringValue } ?? []) == ["running", "young"])
            let steps = try await instance.database.read { try $0.query("SELECT COUNT(*) FROM run_steps") { try $0.integer(0) } }
            #expect(steps == [2])
        }
    }
}
