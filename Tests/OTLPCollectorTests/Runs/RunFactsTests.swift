// What is known of a run does not depend on the order in which it is told, nor on how often.

import ArgusOTLP
import ArgusShared
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct RunFactsTests {
    static func event(
        _ type: ObservationType, id: String, at time: Int64, seen: Int64? = nil, run: String = "r", node: String = "", data: String? = nil
    ) throws -> RunEvent {
        var observation = ObservationEvent(type, id: id, at: Timestamp(milliseconds: time))
        observation.clientID = "c"
        observation.workflowID = "w"
        observation.runID = run
        observation.nodeID = node
        observation.data = try data.map { try RawJSON(Array($0.utf8)) }
        return try RunEvent(observation, seen: seen ?? time)
    }

    static func facts(_ events: [RunEvent]) throws -> RunFacts {
        var facts = RunFacts(try #require(events.first))
        for event in events.dropFirst() { facts.absorb(event) }
        return facts
    }

    // MARK: Identity

    @Test func aRunHasOneTraceWhoeverAsks() {
        let identity = RunIdentity(client: "org_123", workflow: "wf_abc", run: "run_xyz")
        #expect(identity.traceID.hex == RunIdentity(client: "org_123", workflow: "wf_abc", run: "run_xyz").traceID.hex)
        #expect(identity.spanID(node: "a", attempt: 1) != identity.spanID(node: "a", attempt: 2))
        #expect(identity.spanID(node: "a", attempt: 12) != identity.spanID(node: "a1", attempt: 2))
        #expect(identity.rootSpanID != identity.correctionSpanID(end: "root"))
    }

    @Test func namesThatRunTogetherAreDifferentRuns() {
        let names = ["", "a", "b", "ab", "a\0b", "aa"]
        var traces: Set<String> = []
        for client in names {
            for workflow in names {
                for run in names {
                    let identity = RunIdentity(client: client, workflow: workflow, run: run)
                    #expect(identity.traceID.isValid && identity.rootSpanID.value != 0)
                    traces.insert(identity.traceID.hex)
                }
            }
        }
        #expect(traces.count == names.count * names.count * names.count)
    }

    // MARK: Runs

    @Test func anEndBeforeItsBeginningIsTheSameRun() throws {
        let start = try Self.event(.runStarted, id: "1", at: 1000, data: #"{"trigger":{"type":"schedule","source":"0 * * * *"}}"#)
        let end = try Self.event(.runEnded, id: "2", at: 4000, data: #"{"status":"failed","error":"no disk","duration_ms":2990}"#)
        let facts = try Self.facts([end, start])
        #expect(facts == (try Self.facts([start, end, start, end])))
        #expect(facts.status == .failed && facts.error == "no disk" && facts.trigger == "schedule" && facts.triggerSource == "0 * * * *")
        #expect(facts.began == 1000 && facts.finished == 4000 && facts.duration == 2990 && facts.finish == "2")
    }

    @Test func anEndAloneSaysWhenTheRunBegan() throws {
        let facts = try Self.facts([Self.event(.runEnded, id: "2", at: 4000, data: #"{"status":"succeeded","duration_ms":3000}"#)])
        #expect(facts.began == 1000 && facts.finished == 4000 && facts.status == .succeeded)
        let silent = try Self.facts([Self.event(.runEnded, id: "2", at: 4000)])
        #expect(silent.began == 4000 && silent.duration == 0 && silent.status == .succeeded)
    }

    @Test func aRunThatIsTriedAgainRunsUntilItsNextEnd() throws {
        let first = try Self.event(.runStarted, id: "1", at: 1000)
        let failed = try Self.event(.runEnded, id: "2", at: 2000, data: #"{"status":"failed"}"#)
        let second = try Self.event(.runStarted, id: "3", at: 3000)
        let succeeded = try Self.event(.runEnded, id: "4", at: 5000, data: #"{"status":"succeeded","duration_ms":2000}"#)
        #expect(try Self.facts([second, failed, first]).status == .running)
        let facts = try Self.facts([succeeded, first, second, failed])
        #expect(facts.status == .succeeded && facts.began == 1000 && facts.duration == 4000 && facts.finish == "4")
    }

    @Test func aLostRunIsRevivedByWhatComesAfterAndByNothingElse() throws {
        let start = try Self.event(.runStarted, id: "1", at: 1000, seen: 1001)
        var facts = try Self.facts([start])
        facts.lostSeen = facts.lastSeen
        #expect(facts.status == .lost && facts.finished == 1000 && facts.error != nil)
        facts.absorb(start)
        #expect(facts.status == .lost)
        var alive = facts
        alive.absorb(try Self.event(.pluginStarted, id: "2", at: 900, seen: 5000, node: "n"))
        #expect(alive.status == .running && alive.finish == nil)
        facts.absorb(try Self.event(.runEnded, id: "3", at: 9000, data: #"{"status":"succeeded"}"#))
        #expect(facts.status == .succeeded && facts.finish == "3")
    }

    @Test func dataOfUnexpectedShapesIsReadAsFarAsItMakesSense() throws {
        func end(_ data: String) throws -> RunEvent.RunEnd? { try Self.facts([Self.event(.runEnded, id: "1", at: 1, data: data)]).end }
        #expect(try end("[]")?.status == .succeeded)
        #expect(try end(#"{"error":{"message":"boom"}}"#)?.error == "boom")
        #expect(try end(#"{"error":"boom"}"#)?.status == .failed)
        #expect(try end(#"{"status":"Completed"}"#)?.status == .succeeded)
        #expect(try end(#"{"status":"exploded","duration_ms":-5}"#) == RunEvent.RunEnd(status: .failed))
        #expect(try end(#"{"status":7,"duration_ms":12.4,"total_nodes":3,"failed_nodes":["a"]}"#)?.duration == 12)
        let long = try end("{\"error\":\"\(String(repeating: "ä", count: 5000))\"}")
        #expect(try #require(long?.error).utf8.count <= RunEvent.maximumError + 3)
        for name in [String(repeating: "x", count: 513), "a\0b"] {
            #expect(throws: RunEvent.Refused.self) { try Self.event(.runStarted, id: "1", at: 1, run: name) }
        }
        #expect(RunIdentity(client: "\u{e9}", workflow: "w", run: "r") != RunIdentity(client: "e\u{301}", workflow: "w", run: "r"))
    }

    // MARK: In any order

    /// A history of one run with everything that may be odd about it.
    static func history(_ generator: inout SeededGenerator) throws -> [RunEvent] {
        var events: [RunEvent] = []
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            let time = Int64.random(in: 1000...1020, using: &generator)
            let seen = Int64.random(in: 2000...2020, using: &generator)
            let id = "e\(events.count)"
            let node = ["a", "b"].randomElement(using: &generator) ?? "a"
            let attempt = Int.random(in: 1...2, using: &generator)
            let status = ["succeeded", "failed", "cancelled"].randomElement(using: &generator) ?? "failed"
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: events.append(try event(.runStarted, id: id, at: time, seen: seen, data: #"{"trigger":{"type":"\#(id)"}}"#))
            case 1:
                events.append(
                    try event(.runEnded, id: id, at: time, seen: seen, data: #"{"status":"\#(status)","error":"\#(id)","duration_ms":7}"#))
            case 2:
                let data = #"{"attempt":\#(attempt),"plugin_type":"t\#(id)"}"#
                events.append(try event(.pluginStarted, id: id, at: time, seen: seen, node: node, data: data))
            default:
                let data = #"{"attempt":\#(attempt),"status":"\#(status)","error":"\#(id)"}"#
                events.append(try event(.pluginEnded, id: id, at: time, seen: seen, node: node, data: data))
            }
        }
        return events
    }

    static func steps(_ events: [RunEvent]) -> [String: StepFacts] {
        var steps: [String: StepFacts] = [:]
        for event in events {
            let (step, end): (RunEvent.Step, RunEvent.StepEnd?)
            switch event.content {
            case .stepStarted(let started): (step, end) = (started, nil)
            case .stepEnded(let ended, let how): (step, end) = (ended, how)
            default: continue
            }
            steps["\(step.node)/\(step.attempt)", default: StepFacts(node: step.node, attempt: step.attempt)].absorb(step, end, event)
        }
        return steps
    }

    /// What must be known, found by looking at all events at once.
    static func check(_ facts: RunFacts, _ events: [RunEvent], _ comment: Comment) {
        func moments(_ wanted: (RunEvent.Content) -> Bool) -> [(time: Int64, id: String, event: RunEvent)] {
            events.filter { wanted($0.content) }.map { ($0.time, $0.id, $0) }.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
        }
        let starts = moments { if case .runStarted = $0 { true } else { false } }
        let ends = moments { if case .runEnded = $0 { true } else { false } }
        #expect(facts.started?.event == starts.first?.id, comment)
        #expect(facts.ended?.event == ends.last?.id, comment)
        #expect(facts.lastSeen == events.map(\.seen).max(), comment)
        #expect(facts.firstEvent == events.map(\.time).min() && facts.lastEvent == events.map(\.time).max(), comment)
        let isAgain = starts.count > 1 && ends.last.map { end in (starts.last?.time ?? 0) > end.time } == true
        if let end = ends.last, case .runEnded(let how) = end.event.content, !isAgain {
            #expect(facts.status == how.status && facts.error == how.error, comment)
        } else {
            #expect(facts.status == .running, comment)
        }
    }

    @Test(arguments: 0..<300) func everyOrderWithRepetitionsKnowsTheSame(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let events = try Self.history(&generator)
        let reference = try Self.facts(events)
        let steps = Self.steps(events)
        Self.check(reference, events, "seed \(seed)")
        for _ in 0..<20 {
            let repeated = (events + events.filter { _ in Bool.random(using: &generator) }).shuffled(using: &generator)
            #expect(try Self.facts(repeated) == reference, "seed \(seed)")
            #expect(Self.steps(repeated) == steps, "seed \(seed)")
        }
    }

    // MARK: Statistics

    @Test func statisticsOfAWorkflow() throws {
        let name = WorkflowStatistics.Name(client: "c", workflow: "w")
        let runs = (1...20).map {
            WorkflowStatistics.Run(name: name, run: "r\($0)", status: $0 == 20 ? .failed : .succeeded, began: 0, duration: Int64($0))
        }
        let lost = WorkflowStatistics.Run(name: name, run: "gone", status: .lost, began: 0, duration: 999)
        let open = WorkflowStatistics.Run(name: name, run: "now", status: .running, began: 9, duration: nil)
        let statistics = try #require(WorkflowStatistics.of([open] + runs + [lost], []).first)
        #expect(statistics.runs == 22 && statistics.counts == [.running: 1, .succeeded: 19, .failed: 1, .lost: 1])
        #expect(statistics.duration(0.5) == 10 && statistics.duration(0.95) == 19 && statistics.last?.run == "now")
        #expect(statistics.successRate.map { abs($0 - 19.0 / 21) < 1e-9 } == true)
        let never = WorkflowStatistics(name)
        #expect(never.successRate == nil && never.duration(0.5) == nil)
    }
}
