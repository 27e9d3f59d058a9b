// What a rule finds in an event.

import ArgusShared
import Testing

@testable import IngestGateway

@Suite struct GroupingTests {
    private func extractor(_ keys: [String], isList: Bool = false, groupMissing: Bool = false) -> GroupingExtractor {
        let zero = Timestamp(milliseconds: 0)
        return GroupingExtractor(
            rule: GroupingRule(
                id: "rule", name: "r", groupingKeys: keys, isList: isList, timeWindowMinutes: 5, groupMissing: groupMissing,
                createdAt: zero, updatedAt: zero))
    }

    private func event(details: String? = nil) throws -> AlertEvent {
        var event = AlertEvent(action: .trigger, managerID: "m", dedupKey: "k", receivedAt: Timestamp(milliseconds: 0))
        event.summary = "sum"
        event.severity = .medium
        event.class = "cls"
        event.source = "src"
        event.details = try details.map { try RawJSON(Array($0.utf8)) }
        return event
    }

    @Test func namesTheRuleAndItsWindow() throws {
        let grouping = extractor(["class"]).grouping(of: try event())
        #expect(grouping == Grouping(ruleID: "rule", value: "cls", window: 300_000))
    }

    @Test(arguments: [("class", "cls"), ("severity", "medium"), ("source", "src"), ("summary", "sum"), ("component", nil)])
    func readsFields(key: String, value: String?) throws {
        #expect(extractor([key]).grouping(of: try event()).value == value)
    }

    @Test(arguments: [
        ("details.s", "x"), ("details.n", "1.50"), ("details.i", "-7"), ("details.t", "true"), ("details.o", #"{"a":[1,"b c"]}"#),
        ("details.o.a.1", "b c"), ("details.o.a.0", "1"), ("details.a.1.k", "v"), ("details.k8s\\.io/name", "pod"),
        ("details.b\\\\s", "back"),
        ("details.é", "accent"),
    ])
    func followsPaths(key: String, value: String) throws {
        let details = #"""
            {"s":"x","n":1.50,"i":-7,"t":true,"o":{ "a": [1, "b c"] },"a":[0,{"k":"v"}],"k8s.io/name":"pod","b\\s":"back","\u00e9":"accent"}
            """#
        #expect(extractor([key]).grouping(of: try event(details: details)).value == value)
    }

    @Test(arguments: [
        "details.none", "details.null", "details.empty", "details.s.deeper", "details.a.7", "details.a.x", "bogus", "component",
    ])
    func missingIsUngroupedUnlessTheRuleSaysOtherwise(key: String) throws {
        let event = try event(details: #"{"null":null,"empty":"","s":"x","a":[1]}"#)
        #expect(extractor([key]).grouping(of: event).value == nil)
        #expect(extractor([key], groupMissing: true).grouping(of: event).value == "")
    }

    @Test func listsAreJSONArrays() throws {
        let event = try event(details: #"{"r":"eu \"1\""}"#)
        #expect(extractor(["class", "details.r"], isList: true).grouping(of: event).value == #"["cls","eu \"1\""]"#)
        #expect(extractor(["class"], isList: true).grouping(of: event).value == #"["cls"]"#)
        #expect(extractor(["class", "component"], isList: true).grouping(of: event).value == nil)
        #expect(extractor(["class", "component"], isList: true, groupMissing: true).grouping(of: event).value == #"["cls",""]"#)
    }

    @Test func longValuesStayApart() throws {
        let long = String(repeating: "x", count: 2000)
        let first = extractor(["details.v"]).grouping(of: try event(details: #"{"v":"\#(long)1"}"#)).value
        let second = extractor(["details.v"]).grouping(of: try event(details: #"{"v":"\#(long)2"}"#)).value
        #expect(first != second)
        #expect((first ?? "").utf8.count <= GroupingExtractor.maximumValueLength)
    }

    @Test(arguments: ["details", "details.", "details..a", "details.a.", "details.a\\", "details.a\\b", "", "Class", "detail.a"])
    func refusesWhatIsNoKey(text: String) {
        #expect(GroupingKey(text) == nil)
    }
}
