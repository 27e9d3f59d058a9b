// Runs and changes of processes as OTLP, and the queries about runs.

import ArgusOTLP
import ArgusService
import ArgusShared
import Testing

@testable import OTLPCollector

@Suite struct RunSpanTests {
    private func row(_ events: [RunEvent]) throws -> RunRow {
        RunRow(id: 1, facts: try RunFactsTests.facts(events))
    }

    @Test func aRunIsARootAndALaterEndItsChild() throws {
        let start = try RunFactsTests.event(.runStarted, id: "1", at: 1000)
        let failed = try RunFactsTests.event(.runEnded, id: "2", at: 3000, data: #"{"status":"failed","error":"no"}"#)
        #expect(RunSpans.span(of: try row([start])) == nil)
        let (service, span) = try #require(RunSpans.span(of: try row([start, failed])))
        #expect(service == "workflow:w" && span.name == "run" && span.parentSpanID == nil && span.statusCode == 2)
        #expect(span.statusMessage == "no" && span.startTime == 1_000_000_000 && span.endTime == 3_000_000_000)
        #expect(
            span.attributes.contains(Attribute("argus.run.id", "r"))
                && span.spanID == RunIdentity(client: "c", workflow: "w", run: "r").rootSpanID)
        var again = try row([
            start, failed, RunFactsTests.event(.runStarted, id: "3", at: 4000), RunFactsTests.event(.runEnded, id: "4", at: 6000),
        ])
        again.exported = "2"
        let later = try #require(RunSpans.span(of: again)).span
        #expect(later.parentSpanID == span.spanID && later.spanID != span.spanID && later.statusCode == 1)
        #expect(later.startTime == 4_000_000_000 && later.endTime == 6_000_000_000)
    }

    @Test func anAttemptIsASpanOfItsPlugin() throws {
        let start = try RunFactsTests.event(.pluginStarted, id: "1", at: 10, node: "fetch", data: #"{"attempt":2,"plugin_type":"http"}"#)
        let end = try RunFactsTests.event(
            .pluginEnded, id: "2", at: 30, node: "fetch", data: #"{"attempt":2,"status":"failed","error":"502"}"#)
        let run = try row([start, end])
        let facts = try #require(RunFactsTests.steps([end, start])["fetch/2"])
        let (service, span) = RunSpans.span(of: StepRow(run: 1, facts: facts), in: run)
        #expect(service == "plugin:http" && span.name == "fetch" && span.statusCode == 2 && span.statusMessage == "502")
        #expect(span.parentSpanID == run.facts.identity.rootSpanID && span.startTime == 10_000_000 && span.endTime == 30_000_000)
        #expect(span.attributes.contains(Attribute("argus.attempt", .int(2))))
    }

    @Test func aChangeOfAProcessIsASentence() {
        var state = ProcessState(name: "caddy", namespace: "default", status: "Completed")
        state.exitCode = 1
        var event = ProcessEvent(.crashed, state: state, at: Timestamp(milliseconds: 1000))
        #expect(ProcessLogs.body(of: event) == "default/caddy crashed")
        event.exitCode = 1
        #expect(ProcessLogs.body(of: event) == "default/caddy crashed with exit code 1")
        event.kind = .statusChanged
        (event.oldStatus, event.newStatus) = ("Pending", "Running")
        #expect(ProcessLogs.body(of: event) == "default/caddy changed from Pending to Running")
        let message = TelemetryMessage(signal: .logs, sequence: 1, published: 1, payload: ProcessLogs.request(event))
        let (batch, rejected) = LogBatch.decode([message])
        #expect(batch.count == 1 && rejected.isEmpty)
    }

    @Test func queriesAreChecked() throws {
        func query(_ text: String) throws -> RunQuery { try RunQuery(QueryItems(text), now: 100 * 86_400_000_000_000) }
        #expect(try query("").range.length == 86_400_000_000_000)
        #expect(try query("range=5m").range.length == 300_000_000_000)
        #expect(try query("status=failed&status=lost&limit=7").statuses == [.failed, .lost])
        for wrong in ["status=broken", "limit=0", "limit=501", "sort=name", "flow=x", "cursor=zzz", "client=", "range=soon"] {
            #expect(throws: APIError.self, "\(wrong)") { try query(wrong) }
        }
        #expect(TimeRange(start: 1_000_000, end: 2_000_001).milliseconds == (1, 3))
        #expect(TimeRange(start: -1, end: 1).milliseconds == (0, 1))
    }
}
