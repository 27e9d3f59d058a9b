// What the /v1 doors take as an event, and what they say about everything else.

import ArgusShared
import Testing

@testable import IngestGateway

private let received = Timestamp(milliseconds: 1_750_000_000_000)

private func parse(_ json: String) throws -> Result<AlertEvent, InvalidEvent> {
    try JSONReader.read(Array(json.utf8), limits: .untrusted) { try EventDraft(from: &$0) }.finish(receivedAt: received)
}

private func problems(_ json: String) throws -> [FieldProblem] {
    guard case .failure(let invalid) = try parse(json) else { return [] }
    return invalid.problems
}

private let minimal = #""event_manager_id":"m","summary":"s","severity":"high","action":"trigger","class":"c""#

@Suite struct EventDraftTests {
    @Test func takesEveryField() throws {
        let event = try parse(
            #"""
            {"event_manager_id":"m-1","summary":"High CPU","severity":"medium","action":"trigger","class":"infra","dedupKey":"k",
             "source":"host","component":"cpu","details":{ "region" : "eu",
             "n": 1.50 },"links":[{"href":"x"}],"timestamp":"2026-01-31T12:00:00.5Z","unknown":[1,{"x":2}]}
            """#
        ).get()
        #expect(event.managerID == "m-1")
        #expect(event.summary == "High CPU")
        #expect(event.severity == .medium)
        #expect(event.action == .trigger)
        #expect(event.class == "infra")
        #expect(event.dedupKey == "k")
        #expect(event.source == "host")
        #expect(event.component == "cpu")
        #expect(event.details?.string == #"{"region":"eu","n":1.50}"#)
        #expect(event.links?.string == #"[{"href":"x"}]"#)
        #expect(event.occurredAt == Timestamp(rfc3339: "2026-01-31T12:00:00.5Z"))
        #expect(event.receivedAt == received)
    }

    @Test func encodedEventIsOneLine() throws {
        let event = try parse("{\(minimal),\"details\":{\n\"a\":\n[1,\n2]}}").get()
        let line = event.encodedLine
        #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        #expect(line.last == UInt8(ascii: "\n"))
        #expect(try AlertEvent.readLines(line) == [event])
    }

    @Test func makesDedupKeyForTrigger() throws {
        let event = try parse("{\(minimal)}").get()
        #expect(!event.dedupKey.isEmpty)
        #expect(event.dedupKey == event.id)
        let other = try parse("{\(minimal),\"dedupKey\":null}").get()
        #expect(other.dedupKey != event.dedupKey)
    }

    @Test func listsEverythingThatIsMissing() throws {
        #expect(try problems("{}").map(\.field) == ["event_manager_id", "action", "summary", "severity", "class"])
        #expect(try problems("{}").allSatisfy { $0.code == .missing })
        #expect(try problems(#"{"action":"resolve"}"#).map(\.field) == ["event_manager_id", "dedupKey"])
    }

    @Test func listsEverythingThatIsWrong() throws {
        let found = try problems(
            #"{"event_manager_id":7,"summary":"","severity":"urgent","action":"acknowledge","class":true,"dedupKey":"","timestamp":"today","details":[],"links":{}}"#
        )
        let fields = Dictionary(uniqueKeysWithValues: found.map { ($0.field, $0.code) })
        #expect(
            fields == [
                "event_manager_id": .wrongType, "summary": .missing, "severity": .invalid, "action": .invalid, "class": .wrongType,
                "dedupKey": .invalid, "timestamp": .invalid, "details": .wrongType, "links": .wrongType,
            ])
        #expect(found.first { $0.field == "severity" }?.message == "severity must be one of high, medium, low")
        #expect(found.first { $0.field == "action" }?.message == "action must be one of trigger, resolve")
    }

    @Test func resolveNeedsThreeFieldsOnly() throws {
        let event = try parse(#"{"event_manager_id":"m","action":"resolve","dedupKey":"k","summary":7,"severity":"none"}"#).get()
        #expect(event.action == .resolve)
        #expect(event.dedupKey == "k")
    }

    @Test(arguments: [("summary", 1024), ("dedupKey", 255), ("source", 255), ("component", 255)])
    func countsCharactersNotBytes(field: String, limit: Int) throws {
        func json(_ count: Int) -> String {
            let members = minimal.replacing(#""summary":"s""#, with: field == "summary" ? "\"x\":0" : #""summary":"s""#)
            return "{\(members),\"\(field)\":\"\(String(repeating: "é", count: count))\"}"
        }
        #expect(try problems(json(limit)).isEmpty)
        #expect(try problems(json(limit + 1)) == [.tooLong(field, limit: limit)])
    }

    @Test func boundsDetailsAndLinks() throws {
        let large = String(repeating: "x", count: EventLimits.details)
        #expect(try problems("{\(minimal),\"details\":{\"x\":\"\(large)\"}}") == [.tooLarge("details", limit: 64 * 1024)])
        let links = String(repeating: "x", count: EventLimits.links)
        #expect(try problems("{\(minimal),\"links\":[\"\(links)\"]}") == [.tooLarge("links", limit: 16 * 1024)])
    }

    @Test func refusesNULEverywhere() throws {
        #expect(try problems("{\(minimal),\"dedupKey\":\"a\\u0000b\"}") == [.nulCharacter("dedupKey")])
        #expect(try problems("{\(minimal),\"source\":\"\\u0000\"}") == [.nulCharacter("source")])
        #expect(try problems("{\(minimal),\"details\":{\"a\":[\"\\u0000\"]}}") == [.nulCharacter("details")])
        #expect(try problems("{\(minimal),\"details\":{\"\\u0000\":1}}") == [.nulCharacter("details")])
        #expect(try problems("{\(minimal),\"details\":{\"a\":\"\\\\u0000\"}}").isEmpty)
    }

    @Test(arguments: ["[]", "1", "\"x\"", "null"])
    func refusesWhatIsNoObject(json: String) throws {
        #expect(try problems(json) == [.wrongType("event", expected: "an object")])
    }

    @Test(arguments: [
        ("", 0), ("{", 1), ("{\"a\":NaN}", 5), ("{\"a\":1,}", 7), ("{\"a\":1} x", 8), ("{\"a\":01}", 5), ("{'a':1}", 1),
        ("{\"a\":1,\"a\":2}", 7), ("{\"details\":{\"k\":1,\"k\":2}}", 18),
    ])
    func saysWhereJSONIsMalformed(json: String, offset: Int) {
        #expect {
            _ = try parse(json)
        } throws: { error in
            (error as? JSONError)?.offset == offset
        }
    }

    @Test func boundsNesting() {
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect {
            _ = try parse("{\(minimal),\"details\":{\"x\":\(deep)}}")
        } throws: { error in
            (error as? JSONError)?.reason == .tooDeep(limit: 32)
        }
    }

    @Test func refusesInvalidUTF8() {
        let bytes = Array("{\"summary\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
        #expect {
            _ = try JSONReader.read(bytes, limits: .untrusted) { try EventDraft(from: &$0) }
        } throws: { error in
            (error as? JSONError)?.reason == .invalidUTF8
        }
    }
}

@Suite struct EventBatchTests {
    private func batch(_ text: String, _ format: EventBatch.Format? = nil) throws -> EventBatch {
        try EventBatch(Array(text.utf8), format: format, receivedAt: received)
    }

    @Test func readsArrayAndKeepsTheGoodOnes() throws {
        let items = try batch("[{\(minimal)}, 7, {}, {\(minimal),\"dedupKey\":\"k\"}]").items
        #expect(items.count == 4)
        #expect(try items[3].get().dedupKey == "k")
        guard case .failure(let noObject) = items[1], case .failure(let empty) = items[2] else {
            Issue.record("expected rejections")
            return
        }
        #expect(noObject.code == "invalid_event")
        #expect(empty.problems.count == 5)
        #expect(empty.field == "event_manager_id")
    }

    @Test func readsLinesAndRejectsOnlyTheMalformedOne() throws {
        let items = try batch("{\(minimal)}\r\n\n{\"a\":\n{\(minimal)}").items
        #expect(items.count == 3)
        guard case .failure(let rejection) = items[1] else {
            Issue.record("expected a rejection")
            return
        }
        #expect(rejection.code == "invalid_json")
        let offset = minimal.utf8.count + 10
        #expect(rejection.message == "the JSON ends too early at line 3, column 6 (byte \(offset))")
        #expect(rejection.position?.line == 3 && rejection.position?.column == 6 && rejection.position?.offset == offset)
        #expect(try items[2].get().summary == "s")
    }

    @Test func emptyBatches() throws {
        #expect(try batch("[]").items.isEmpty)
        #expect(try batch("\n\n", .lines).items.isEmpty)
        #expect(throws: JSONError.self) { _ = try batch("") }
    }

    @Test func malformedArrayIsRefusedAsAWhole() {
        #expect(throws: JSONError.self) { _ = try batch("[{\(minimal)},") }
    }

    @Test func boundsTheCount() throws {
        let event = "{\(minimal)}"
        #expect(try batch("[" + Array(repeating: event, count: 1000).joined(separator: ",") + "]").items.count == 1000)
        #expect(throws: EventBatch.TooManyEvents.self) {
            _ = try batch(Array(repeating: event, count: 1001).joined(separator: "\n"))
        }
    }
}
