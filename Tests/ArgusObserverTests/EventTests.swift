// What an event says, and what it must say.

import ArgusObserver
import ArgusShared
import Testing

struct EventTests {
    private struct Order: Encodable {
        var number = 7
        var tags = ["a/b"]
    }

    @Test("An event travels as the documented JSON")
    func json() throws {
        let event = Event(.pluginStarted).withClient("org_123").withWorkflow("wf_abc").withRun("run_xyz").withNode("fetch")
            .withID("0190-1").withTimestamp(Timestamp(milliseconds: 1_700_000_000_123)).withData(Order())
        try event.validate()
        #expect(
            String(decoding: event.observation.json, as: UTF8.self)
                == #"{"id":"0190-1","type":"plugin.started","v":1,"timestamp":"2023-11-14T22:13:20.123Z","client_id":"org_123","#
                + #""workflow_id":"wf_abc","run_id":"run_xyz","node_id":"fetch","data":{"number":7,"tags":["a/b"]}}"#)
        #expect(try ObservationEvent(parsing: event.observation.json) == event.observation)
    }

    @Test("Each level needs its names, and one error lists all that is missing", arguments: EventType.allCases)
    func levels(type: EventType) throws {
        let names = ["client_id", "workflow_id", "run_id", "node_id"].prefix(type.level + 1)
        let error = #expect(throws: ObserverError.self) { try Event(type).validate() }
        #expect(error?.code == .invalidEvent)
        #expect(error?.message == "\(type.rawValue) (level \(type.level)) lacks \(names.joined(separator: ", "))")
        var complete = Event(type).withClient("c").withWorkflow("w")
        if type.level > 1 { complete = complete.withRun("r") }
        if type.level > 2 { complete = complete.withNode("n") }
        try complete.validate()
    }

    @Test("Data that cannot be encoded is named together with what is missing")
    func badData() {
        let event = Event(.runStarted).withClient("c").withWorkflow("w").withData(Double.infinity)
        let error = #expect(throws: ObserverError.self) { try event.validate() }
        #expect(error?.message.hasPrefix("run.started (level 2) lacks run_id; data cannot be encoded") == true)
        let raw = Event(.runStarted).withClient("c").withWorkflow("w").withRun("r").withData(json: "{")
        #expect(throws: ObserverError.self) { try raw.validate() }
        #expect(throws: Never.self) { try raw.withData(json: "[1]").validate() }
    }

    @Test("An event that another language wrote is read the same")
    func foreign() throws {
        let python =
            #"{"type": "run.ended", "v": 1, "id": "6f1b", "timestamp": "2026-01-31T12:00:00.123456+02:00", "client_id": "c", "#
            + #""workflow_id": "w", "run_id": "r", "node_id": null, "data": {"status": "failed", "error": "no route"}, "extra": [1]}"#
        let event = try ObservationEvent(parsing: Array(python.utf8))
        #expect(event.type == .runEnded && event.runID == "r" && event.nodeID.isEmpty)
        #expect(event.timestamp.rfc3339 == "2026-01-31T10:00:00.123Z")
        #expect(event.data?.string == #"{"status": "failed", "error": "no route"}"#)
    }

    @Test(
        "A malformed event is refused by the name of what is wrong",
        arguments: [
            (#"{"v":1}"#, "type"), (#"{"type":"run.paused"}"#, "type"), (#"{"type":"run.started","v":2}"#, "v"),
            (#"{"type":"run.started"}"#, "timestamp"), (#"{"type":"run.started","timestamp":"today"}"#, "timestamp"),
            (#"{"type":"run.started","timestamp":"2026-01-31T12:00:00Z"}"#, "id"),
            (#"{"type":"run.started","timestamp":"2026-01-31T12:00:00Z","id":"1","client_id":"c","workflow_id":"w"}"#, "run_id"),
        ])
    func malformed(json: String, field: String) {
        let error = #expect(throws: ObservationEvent.Malformed.self) { try ObservationEvent(parsing: Array(json.utf8)) }
        #expect(error?.field == field)
    }

    @Test("A payload is the value or a reference to it")
    func payloads() throws {
        let inline = Event(.pluginEnded)
            .withData(PluginEnded(.failed, attempt: 2, error: "timeout", output: .inline(.array([.integer(1)]))))
        #expect(inline.observation.data?.string == #"{"attempt":2,"error":"timeout","output":{"inline":[1]},"status":"failed"}"#)
        let reference = Event(.pluginStarted).withData(
            PluginStarted(pluginType: "http", input: .reference(uri: "s3://bucket/key", bytes: 10)))
        #expect(
            reference.observation.data?.string
                == #"{"attempt":1,"input":{"bytes":10,"ref":"s3://bucket/key"},"plugin_type":"http"}"#)
    }
}
