// Events of the PagerDuty Events API v2 as they become ours.

import ArgusShared
import Testing

@testable import IngestGateway

@Suite struct PagerDutyEventTests {
    private let received = Timestamp(milliseconds: 1_750_000_000_000)

    private func parse(_ json: String) throws -> Result<AlertEvent, InvalidEvent> {
        try JSONReader.read(Array(json.utf8), limits: .untrusted) { try PagerDutyEvent(from: &$0) }
            .finish(managerID: "m", receivedAt: received)
    }

    private func fields(_ json: String) throws -> [String] {
        guard case .failure(let invalid) = try parse(json) else { return [] }
        return invalid.problems.map(\.field)
    }

    @Test func takesTheDocumentedExample() throws {
        let event = try parse(
            #"""
            {"payload":{"summary":"Example alert on host1.example.com","timestamp":"2015-07-17T08:42:58.315+0000",
              "source":"monitoringtool:example.com/host1","severity":"error","component":"postgres","group":"prod-datapipe",
              "class":"deploy","custom_details":{"ping time":"1500ms","load avg":0.750}},
             "routing_key":"samplekeyhere","dedup_key":"samplekeyhere",
             "images":[{"src":"https://example.com/a.png","href":"https://example.com/","alt":"x"}],
             "links":[{"href":"https://example.com/","text":"Link text"}],
             "event_action":"trigger","client":"Sample Monitoring Service","client_url":"https://monitoring.example.com"}
            """#
        ).get()
        #expect(event.action == .trigger)
        #expect(event.dedupKey == "samplekeyhere")
        #expect(event.summary == "Example alert on host1.example.com")
        #expect(event.source == "monitoringtool:example.com/host1")
        #expect(event.severity == .high)
        #expect(event.component == "postgres")
        #expect(event.class == "deploy")
        #expect(event.occurredAt == Timestamp(rfc3339: "2015-07-17T08:42:58.315Z"))
        #expect(event.links?.string == #"[{"href":"https://example.com/","text":"Link text"}]"#)
        #expect(
            event.details?.string
                == #"{"ping time":"1500ms","load avg":0.750,"severity":"error","group":"prod-datapipe","images":[{"src":"https://example.com/a.png","href":"https://example.com/","alt":"x"}],"client":"Sample Monitoring Service","client_url":"https://monitoring.example.com"}"#
        )
    }

    @Test(arguments: [("critical", Severity.high), ("error", .high), ("warning", .medium), ("info", .low)])
    func mapsSeverities(theirs: String, ours: Severity) throws {
        let event = try parse(
            #"{"routing_key":"r","event_action":"trigger","payload":{"summary":"s","source":"x","severity":"\#(theirs)"}}"#
        ).get()
        #expect(event.severity == ours)
        #expect(event.details?.string == #"{"severity":"\#(theirs)"}"#)
        #expect(event.dedupKey == event.id)
    }

    @Test func keepsTheSendersOwnNames() throws {
        let event = try parse(
            #"{"routing_key":"r","event_action":"trigger","payload":{"summary":"s","source":"x","severity":"info","custom_details":{"severity":3}}}"#
        ).get()
        #expect(event.details?.string == #"{"severity":3,"pagerduty_severity":"info"}"#)
        let text = try parse(
            #"{"routing_key":"r","event_action":"trigger","payload":{"summary":"s","source":"x","severity":"info","custom_details":"text"}}"#
        ).get()
        #expect(text.details?.string == #"{"custom_details":"text","severity":"info"}"#)
    }

    @Test func acknowledgeAndResolveNeedADedupKeyOnly() throws {
        let acknowledged = try parse(#"{"routing_key":"r","event_action":"acknowledge","dedup_key":"k","client":"Ops"}"#).get()
        #expect(acknowledged.action == .acknowledge)
        #expect(acknowledged.actor == "Ops")
        #expect(
            try parse(#"{"routing_key":"r","event_action":"resolve","dedup_key":"k","payload":{"severity":"?"}}"#).get().action == .resolve)
        #expect(try fields(#"{"routing_key":"r","event_action":"resolve"}"#) == ["dedup_key"])
    }

    @Test func listsWhatIsWrong() throws {
        #expect(try fields("{}") == ["routing_key", "event_action"])
        #expect(try fields(#"{"routing_key":"r","event_action":"trigger"}"#) == ["payload"])
        #expect(
            try fields(#"{"routing_key":"r","event_action":"trigger","payload":{"summary":" ","severity":"bad"}}"#)
                == ["payload.severity", "payload.summary", "payload.source"])
        #expect(try fields(#"{"routing_key":"r","event_action":"tick"}"#) == ["event_action"])
    }

    @Test func longTextIsCutAndOddTimesAreKept() throws {
        let summary = String(repeating: "x", count: 2000)
        let event = try parse(
            #"{"routing_key":"r","event_action":"trigger","payload":{"summary":"\#(summary)","source":"x","severity":"info","timestamp":"yesterday"}}"#
        ).get()
        #expect(event.summary.count == 1024)
        #expect(event.occurredAt == nil)
        #expect(event.details?.string == #"{"severity":"info","timestamp":"yesterday"}"#)
    }
}
