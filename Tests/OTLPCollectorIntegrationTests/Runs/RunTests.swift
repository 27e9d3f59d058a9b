// Runs from the bus to the answer: traces, lost runs, repetitions, restarts, logs of processes.

import ArgusBus
import ArgusOTLP
import ArgusShared
import ArgusStorage
import TestSupport
import Testing

@testable import OTLPCollector

@Suite(.timeLimit(.minutes(3))) struct RunTests {
    @Test(arguments: RunBed.Kind.allCases) func aRunIsAnsweredAtOnceAndIsATraceWhenItEnds(kind: RunBed.Kind) async throws {
        let bed = try await RunBed(kind)
        let history = try RunBed.history(run: "run/1")
        try await bed.withInstance { instance in
            try await bed.report(Array(history.prefix(2)))
            let open = try await instance.run("run%2F1", is: "running")
            #expect(open["ended_at"] == .null && open["duration_us"] == .null && open["trigger"]?["type"]?.stringValue == "schedule")
            try await eventually("the step is there", within: .seconds(20)) {
                try await instance.get("/api/runs/run%2F1").json["steps"]?[0]?["status"]?.stringValue == "running"
            }
            try await bed.report(Array(history.dropFirst(2)))
            let run = try await instance.run("run%2F1", is: "succeeded")
            let id = try #require(run["trace_id"]?.stringValue)
            #expect(id == RunIdentity(client: "org_123", workflow: "wf_abc", run: "run/1").traceID.hex)
            #expect(run["duration_us"]?.integerValue == 2_000_000 && run["nodes"]?["total"]?.integerValue == 2)
            #expect(run["nodes"]?["succeeded"]?.integerValue == 2 && run["nodes"]?["failed"]?.integerValue == 0)
            let steps = try #require(run["steps"]?.arrayValue)
            #expect(steps.map { $0["node_id"]?.stringValue } == ["fetch", "fetch", "store"])
            #expect(steps.map { $0["status"]?.stringValue } == ["failed", "succeeded", "succeeded"])
            #expect(steps.first?["error"]?.stringValue == "502" && steps[1]["attempt"]?.integerValue == 2)

            let trace = try await instance.trace(id, spans: 4)
            #expect(trace["root_service"]?.stringValue == "workflow:wf_abc" && trace["has_root"]?.boolValue == true)
            #expect(trace["error_count"]?.integerValue == 1)
            let spans = try #require(trace["spans"]?.arrayValue)
            let root = try #require(spans.first { $0["parent_span_id"] == .null })
            #expect(root["attributes"]?["argus.run.id"]?.stringValue == "run/1" && root["status"]?["code"]?.stringValue == "ok")
            #expect(spans.filter { $0["parent_span_id"] == root["span_id"] }.count == 3)
            let published = Set(spans.compactMap { $0["span_id"]?.stringValue })
            #expect(published.isSuperset(of: steps.compactMap { $0["span_id"]?.stringValue }))
            let edges = try await instance.get("/api/metrics/service-map?range=1h").json["edges"]?.arrayValue ?? []
            #expect(edges.contains { $0["callee"]?.stringValue == "plugin:http" && $0["calls"]?.integerValue == 2 })
        }
    }

    @Test(arguments: RunBed.Kind.allCases) func orderRepetitionAndTwoInstancesChangeNothing(kind: RunBed.Kind) async throws {
        let bed = try await RunBed(kind)
        var generator = SeededGenerator(seed: 7)
        var events: [ObservationEvent] = []
        for number in 0..<12 { events += try RunBed.history(run: "r\(number)", status: number.isMultiple(of: 3) ? "failed" : "succeeded") }
        let shuffled = events.shuffled(using: &generator)
        let repeated = events.filter { _ in Bool.random(using: &generator) }.shuffled(using: &generator)
        try await bed.withInstance { first in
            try await bed.withInstance { second in
                try await bed.report(shuffled)
                try await bed.report(repeated, again: true)
                for number in 0..<12 {
                    let instance = number.isMultiple(of: 2) ? first : second
                    let run = try await instance.run("r\(number)", is: number.isMultiple(of: 3) ? "failed" : "succeeded")
                    let id = try #require(run["trace_id"]?.stringValue)
                    let trace = try await instance.trace(id, spans: 4)
                    #expect(trace["has_root"]?.boolValue == true)
                }
                try await eventually("nothing waits", within: .seconds(20)) { try await Self.isIdle(bed) }
            }
        }
        try await bed.withInstance { instance in
            let statistics = try await instance.get("/api/workflows").json["workflows"]?[0]
            #expect(statistics?["runs"]?.integerValue == 12 && statistics?["failed"]?.integerValue == 4)
            #expect(statistics?["success_rate"] == .number(0.666667) && statistics?["duration_p95_us"]?.integerValue == 2_000_000)
            #expect(statistics?["last_run"]?["run_id"]?.stringValue != nil)
            #expect(try await instance.get("/api/stats?range=1h").json["stored"]?["spans"]?.integerValue == 48)
        }
    }

    static func isIdle(_ bed: RunBed) async throws -> Bool {
        for consumer in [Consumers.runTracker, Consumers.traceWriter, Consumers.processLogs] {
            let info = try await bed.bus.consumerInfo(stream: consumer.stream, name: consumer.name)
            if info.pending > 0 || info.unacknowledged > 0 { return false }
        }
        return true
    }

    @Test(arguments: RunBed.Kind.allCases) func aRunWithoutEndIsLostUntilItsEndComes(kind: RunBed.Kind) async throws {
        let bed = try await RunBed(kind)
        let start = Timestamp.now().adding(milliseconds: -5000)
        try await bed.withInstance(lostAfter: .milliseconds(500)) { instance in
            try await bed.report([
                RunBed.event(.runStarted, run: "gone", at: start),
                RunBed.event(.pluginStarted, run: "gone", node: "hangs", at: start.adding(milliseconds: 10)),
            ])
            let lost = try await instance.run("gone", is: "lost")
            #expect(lost["steps"]?[0]?["status"]?.stringValue == "unfinished" && lost["error"]?.stringValue != nil)
            let id = try #require(lost["trace_id"]?.stringValue)
            let trace = try await instance.trace(id, spans: 2)
            #expect(trace["error_count"]?.integerValue == 2)
            try await eventually("it is told", within: .seconds(20)) {
                let message = try await bed.bus.lastMessage(stream: Streams.observationName, subject: ObservationType.runLost.subject)
                guard let message else { return false }
                let event = try ObservationEvent(parsing: message.payload)
                return event.runID == "gone" && event.clientID == "org_123" && event.type == .runLost
            }
            try await bed.report([
                RunBed.event(.runEnded, run: "gone", at: start.adding(milliseconds: 4000), data: #"{"status":"succeeded"}"#)
            ])
            let found = try await instance.run("gone", is: "succeeded")
            #expect(found["duration_us"]?.integerValue == 4_000_000 && found["error"] == .null)
            let corrected = try await instance.trace(id, spans: 3)
            #expect(corrected["spans"]?.arrayValue?.contains { $0["name"]?.stringValue == "run ended later" } == true)
            // Lost once, told once; ours changes nothing.
            try await eventually("nothing waits", within: .seconds(20)) { try await Self.isIdle(bed) }
            #expect(try await bed.bus.streamInfo(Streams.observationName).messages == 4)
        }
    }

    @Test(arguments: RunBed.Kind.allCases) func anEndWithoutBeginningIsPublishedAfterAWhile(kind: RunBed.Kind) async throws {
        let bed = try await RunBed(kind)
        try await bed.withInstance { instance in
            try await bed.report([RunBed.event(.runEnded, run: "late", data: #"{"status":"failed","error":"x","duration_ms":1500}"#)])
            let run = try await instance.run("late", is: "failed")
            #expect(run["has_start"]?.boolValue == false && run["duration_us"]?.integerValue == 1_500_000)
            _ = try await instance.trace(#require(run["trace_id"]?.stringValue), spans: 1)
        }
    }

    @Test(arguments: RunBed.Kind.allCases) func aRestartForgetsNothing(kind: RunBed.Kind) async throws {
        let bed = try await RunBed(kind)
        let history = try RunBed.history(run: "r")
        try await bed.withInstance { instance in
            try await bed.report(Array(history.prefix(3)))
            try await instance.run("r", is: "running")
        }
        try await bed.report(Array(history.dropFirst(3)))
        // What a collector that died between its transaction and its acknowledgement leaves behind comes again.
        try await bed.report(Array(history.prefix(3)), again: true)
        try await bed.withInstance { instance in
            let run = try await instance.run("r", is: "succeeded")
            _ = try await instance.trace(#require(run["trace_id"]?.stringValue), spans: 4)
        }
    }

    @Test func whatWasStoredAndNotPublishedIsPublishedByTheNext() async throws {
        let bed = try await RunBed(.sqlite)
        try await bed.withInstance(patience: .seconds(3600)) { instance in
            // As by an instance that died right after its transaction.
            let events = try RunBed.history(run: "r").map { try RunEvent($0, seen: $0.timestamp.milliseconds) }
            _ = try await RunStore(database: instance.database).absorb(events)
            try await instance.run("r", is: "succeeded")
        }
        try await bed.withInstance { instance in
            let run = try await instance.run("r", is: "succeeded")
            _ = try await instance.trace(#require(run["trace_id"]?.stringValue), spans: 4)
        }
    }

    @Test(arguments: RunBed.Kind.allCases) func listsAreFilteredAndPaged(kind: RunBed.Kind) async throws {
        let bed = try await RunBed(kind)
        let now = Timestamp.now()
        try await bed.withInstance { instance in
            for number in 0..<10 {
                let at = now.adding(milliseconds: Int64(number) * 10 - 10_000)
                let client = number.isMultiple(of: 2) ? "even" : "odd"
                try await bed.report([RunBed.event(.runStarted, run: "r\(number)", client: client, at: at)])
                if number < 5 {
                    try await bed.report([
                        RunBed.event(.runEnded, run: "r\(number)", client: client, at: at, data: #"{"status":"cancelled"}"#)
                    ])
                }
            }
            try await bed.report([
                RunBed.event(.runStarted, run: "r1", workflow: "other", client: "odd", at: now.adding(milliseconds: -20_000))
            ])
            try await bed.report([
                RunBed.event(.workflowPublished, run: "", workflow: "new", data: #"{"action":"created","status":"active","name":"New"}"#)
            ])
            try await eventually("all are there", within: .seconds(20)) {
                let runs = try await instance.get("/api/runs").json["runs"]?.arrayValue
                let cancelled = try await instance.get("/api/runs?status=cancelled").json["runs"]?.arrayValue
                return runs?.count == 11 && cancelled?.count == 5
            }
            func names(_ query: String) async throws -> [String] {
                try await instance.get("/api/runs?\(query)").json["runs"]?.arrayValue?.compactMap { $0["run_id"]?.stringValue } ?? []
            }
            #expect(try await names("client=even") == ["r8", "r6", "r4", "r2", "r0"])
            #expect(try await names("client=odd&sort=start") == ["r1", "r1", "r3", "r5", "r7", "r9"])
            #expect(try await names("workflow=other") == ["r1"])
            #expect(try await names("run=r7") == ["r7"])
            #expect(try await names("client=even&status=running&status=failed") == ["r8", "r6"])
            var pages: [[String]] = []
            var cursor = ""
            repeat {
                let page = try await instance.get("/api/runs?limit=4\(cursor)").json
                pages.append(page["runs"]?.arrayValue?.compactMap { $0["run_id"]?.stringValue } ?? [])
                cursor = page["next_cursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty && pages.count < 10
            #expect(pages == [["r9", "r8", "r7", "r6"], ["r5", "r4", "r3", "r2"], ["r1", "r0", "r1"]])
            let ambiguous = try await instance.get("/api/runs/r1")
            #expect(ambiguous.status == 409 && ambiguous.json["error"]?["candidates"]?.arrayValue?.count == 2)
            #expect(try await instance.get("/api/runs/r1?workflow=other").json["workflow_id"]?.stringValue == "other")
            #expect(try await instance.get("/api/runs/none").status == 404)
            for path in ["/api/runs?flow=x", "/api/runs?status=x", "/api/workflows?limit=1", "/api/runs/r1?range=1h"] {
                let answer = try await instance.get(path)
                #expect(answer.status == 400, "\(path): \(answer.json)")
            }
            let workflows = try await instance.get("/api/workflows").json["workflows"]?.arrayValue ?? []
            #expect(workflows.compactMap { $0["workflow_id"]?.stringValue } == ["wf_abc", "other", "wf_abc", "new"])
            #expect(workflows.contains { $0["name"]?.stringValue == "New" && $0["runs"]?.integerValue == 0 })
        }
    }

    @Test func whatIsNoObservationIsADeadLetter() async throws {
        let bed = try await RunBed(.sqlite)
        try await bed.withInstance { instance in
            _ = try await bed.bus.publish(Array("{".utf8), to: "OBSERVE.RUN.STARTED")
            _ = try await bed.bus.publish(Array(#"{"type":"run.exploded"}"#.utf8), to: "OBSERVE.RUN.EXPLODED")
            _ = try await bed.bus.publish(Array("nothing".utf8), to: "core.process.default.caddy.crashed")
            try await bed.report([RunBed.event(.runStarted, run: "good")])
            try await instance.run("good", is: "running")
            try await eventually("they are put aside", within: .seconds(20)) {
                try await bed.bus.streamInfo(Streams.deadLetters.name).messages == 3
            }
            try await eventually("nothing waits", within: .seconds(20)) { try await Self.isIdle(bed) }
        }
    }

    // MARK: Processes

    @Test(arguments: RunBed.Kind.allCases) func changesOfProcessesAreLogsOfThem(kind: RunBed.Kind) async throws {
        let bed = try await RunBed(kind)
        var state = ProcessState(name: "caddy", namespace: "default", status: "Completed")
        state.exitCode = 1
        let crashed = {
            var event = ProcessEvent(.crashed, state: $0, at: .now())
            event.exitCode = 1
            return event
        }(state)
        let healthy = ProcessEvent(.healthy, state: ProcessState(name: "po.st gres", namespace: "db"), at: .now())
        let events = [crashed, healthy]
        for event in events { _ = try await bed.bus.publish(event.json, to: event.subject) }
        try await bed.withInstance { instance in
            try await eventually("both are logs", within: .seconds(20)) {
                try await instance.get("/api/logs?range=1h").json["logs"]?.arrayValue?.count == 2
            }
            let log = try await instance.get("/api/logs?service=caddy&range=1h").json["logs"]?[0]
            #expect(log?["body"]?.stringValue == "default/caddy crashed with exit code 1")
            #expect(log?["attributes"]?["process.exit.code"]?.integerValue == 1)
        }
        // A new durable consumer begins anew: what is stored already stays single.
        try await bed.bus.deleteConsumer(stream: Consumers.processLogs.stream, name: Consumers.processLogs.name)
        try await bed.withInstance { instance in
            let started = ProcessEvent(.started, state: crashed.state, at: .now())
            _ = try await bed.bus.publish(started.json, to: started.subject)
            try await eventually("the third is a log", within: .seconds(20)) {
                try await instance.get("/api/logs?range=1h&q=started").json["logs"]?.arrayValue?.count == 1
            }
            #expect(try await instance.get("/api/logs?range=1h").json["logs"]?.arrayValue?.count == 3)
        }
    }
}
