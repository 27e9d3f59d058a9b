// Bodies of bridges.

import ArgusService
import ArgusShared
import Testing

@testable import AlertAPI

@Suite struct BridgeInputTests {
    private func bridge(_ body: String, replacing existing: Bridge? = nil) throws -> Bridge {
        try BridgeInput(Array(body.utf8), replacing: existing) { $0 == "m" }.bridge
    }

    private func problems(_ body: String, replacing existing: Bridge? = nil) -> [String: String] {
        do {
            _ = try bridge(body, replacing: existing)
            return [:]
        } catch let error as APIError {
            return Dictionary(error.errors.map { ($0.field ?? "", $0.code) }) { first, _ in first }
        } catch {
            return ["": "\(error)"]
        }
    }

    @Test func oneCallIsEnough() throws {
        let made = try bridge(#"{"source":"process","event_manager_id":"m"}"#)
        #expect(made.isEnabled && made.match.types == ["crashed", "unhealthy"] && made.resolveOn == ["healthy", "running"])
        #expect(made.runningSeconds == 30 && made.dedupKey.text == "process/{namespace}/{process}")
        #expect(made.summary.text == "{namespace}/{process} {what}" && made.severities["crashed"] == .high)
        let runs = try bridge(#"{"source":"workflow","event_manager_id":"m"}"#)
        #expect(runs.match.statuses == ["failed", "lost"] && runs.resolveOn == ["succeeded"])
    }

    @Test func everythingCanBeSaid() throws {
        let made = try bridge(
            #"{"id":"b","name":"n","enabled":false,"source":"process","event_manager_id":"m","#
                + #""match":{"namespace":"prod","process":"web-*","types":["stopped"]},"severity":{"stopped":"low"},"class":"c-{namespace}","#
                + #""summary":"{process} {exit_code}","dedup_key":"k/{process}","resolve_on":["started"],"running_seconds":5}"#)
        #expect(!made.isEnabled && made.match.owner.text == "prod" && made.match.subject.text == "web-*")
        #expect(made.severities["stopped"] == .low && made.class.text == "c-{namespace}" && made.resolveOn == ["started"])
        #expect(made.runningSeconds == 5 && made.name == "n")
    }

    @Test func allThatIsWrongIsNamed() {
        let wrong =
            #"{"source":"process","event_manager_id":"gone","match":{"types":["exploded"],"client":"c"},"severity":{"crashed":"dire"},"#
            + #""summary":"{nope}","class":"}","running_seconds":0,"resolve_on":["never"],"colour":1}"#
        #expect(
            problems(wrong) == [
                "event_manager_id": "unknown_event_manager", "match.types": "invalid_field", "match.client": "unknown_field",
                "severity.crashed": "invalid_field", "summary": "invalid_template", "class": "invalid_template",
                "running_seconds": "invalid_field", "resolve_on": "invalid_field", "colour": "unknown_field",
            ])
        #expect(problems("{}") == ["source": "missing_field", "event_manager_id": "missing_field"])
        #expect(problems(#"{"source":"cron","event_manager_id":"m"}"#) == ["source": "invalid_field"])
        #expect(problems(#"{"source":"process","event_manager_id":"m","dedup_key":""}"#) == ["dedup_key": "invalid_field"])
        #expect(problems(#"{"source":"process","event_manager_id":"m","match":{"types":[]}}"#) == ["match.types": "invalid_field"])
    }

    @Test func aResolveMustFindItsTrigger() {
        let key = #""dedup_key":"{process}/{exit_code}""#
        #expect(problems(#"{"source":"process","event_manager_id":"m",\#(key)}"#) == ["dedup_key": "invalid_field"])
        #expect(problems(#"{"source":"process","event_manager_id":"m","resolve_on":[],\#(key)}"#).isEmpty)
        #expect(
            problems(#"{"source":"process","event_manager_id":"m","match":{"types":["healthy"]}}"#) == ["resolve_on": "invalid_field"])
    }

    @Test func whatWasReadMayBeSentBack() throws {
        for source in Bridge.Source.allCases {
            let existing = Bridge(id: "b", source: source, managerID: "m", at: Timestamp(milliseconds: 9))
            var writer = JSONWriter()
            existing.write(to: &writer)
            #expect(try bridge(String(decoding: writer.bytes, as: UTF8.self), replacing: existing) == existing)
        }
        let existing = Bridge(id: "b", source: .process, managerID: "m", at: Timestamp(milliseconds: 9))
        #expect(
            problems(#"{"id":"c","source":"workflow","event_manager_id":"m"}"#, replacing: existing) == [
                "id": "immutable_field", "source": "immutable_field",
            ])
    }
}
