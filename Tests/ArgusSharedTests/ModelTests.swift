// What goes onto the bus comes off it unchanged.

import Testing

@testable import ArgusShared

@Suite struct ModelTests {
    static let event = {
        var event = AlertEvent(action: .trigger, managerID: "m", dedupKey: "a/b:c ü", receivedAt: Timestamp(milliseconds: 1))
        event.summary = "a \"quoted\" summary\nof two lines"
        event.severity = .medium
        event.class = "c"
        event.source = "s"
        event.component = "p"
        event.details = RawJSON(.object([.init("region", .string("eu"))]))
        event.links = RawJSON(.array([.string("https://example.org")]))
        event.grouping = Grouping(ruleID: "r", value: "", window: 60_000)
        event.occurredAt = Timestamp(milliseconds: 2)
        event.expiresAt = Timestamp(milliseconds: 3)
        event.isIdempotent = true
        return event
    }()

    @Test func eventsTravelAsLines() throws {
        var resolve = AlertEvent(action: .resolve, managerID: "m", dedupKey: "k", receivedAt: Timestamp(milliseconds: 5))
        resolve.actor = "me"
        let events = [Self.event, .tick(at: Timestamp(milliseconds: 4)), resolve]
        var writer = JSONWriter()
        for event in events {
            event.write(to: &writer)
            writer.newline()
        }
        #expect(try AlertEvent.readLines(writer.bytes) == events)
    }

    @Test func readsEventsOfALaterVersionWithMoreFields() throws {
        let line = #"{"id":"i","action":"resolve","received_at":1,"event_manager_id":"m","dedupKey":"k","new":{"x":[1]}}"#
        #expect(try AlertEvent.readLines(Array(line.utf8)).first?.id == "i")
    }

    @Test(arguments: [
        #"{"id":"i","action":"explode","received_at":1}"#, #"{"action":"resolve","received_at":1}"#, #"{"id":"i","received_at":1}"#, "x",
    ])
    func refusesWhatIsNoEvent(line: String) {
        #expect(throws: JSONError.self) { try AlertEvent.readLines(Array(line.utf8)) }
    }

    @Test func commitsRoundTrip() throws {
        var child = Alert(openedBy: Self.event, at: Timestamp(milliseconds: 10), ordinal: 3)
        child.kind = .child
        child.parentID = "p"
        child.parentDedupKey = "pk"
        child.resolvedAt = Timestamp(milliseconds: 11)
        child.acknowledgedAt = Timestamp(milliseconds: 12)
        child.acknowledgedBy = "me"
        child.resolveRequested = true
        child.status = .resolved
        child.version = 9
        let transitions = [
            Transition(.resolveRequested, at: Timestamp(milliseconds: 9), eventID: "e1"),
            Transition(.resolved, at: Timestamp(milliseconds: 11), eventID: "e2", causedBy: "x", note: "n"),
        ]
        var bare = child
        bare.details = nil
        bare.links = nil
        let commit = Commit(
            partition: 2, owner: "o", inputSequence: 1 << 40, clock: Timestamp(milliseconds: 12), nextOrdinal: 4,
            changes: [
                AlertChange(alert: child, hasPayload: true, transitions: transitions),
                AlertChange(alert: bare, hasPayload: false, transitions: []),
            ])
        #expect(try Commit(commit.encoded()) == commit)
    }

    @Test func aChangeWithoutPayloadLeavesItOut() throws {
        let alert = Alert(openedBy: Self.event, at: Timestamp(milliseconds: 10), ordinal: 3)
        let change = AlertChange(alert: alert, hasPayload: false, transitions: [])
        let commit = Commit(
            partition: 0, owner: "", inputSequence: 0, clock: Timestamp(milliseconds: 0), nextOrdinal: 0, changes: [change])
        #expect(try Commit(commit.encoded()).changes.first?.alert.details == nil)
    }

    @Test func theAPIShowsEveryField() throws {
        var writer = JSONWriter()
        Alert(openedBy: Self.event, at: Timestamp(milliseconds: 10), ordinal: 3).writePublic(to: &writer)
        let value = try JSONValue(parsing: writer.bytes)
        guard case .object(let members) = value else { return #expect(Bool(false)) }
        #expect(
            members.map(\.name) == [
                "id", "dedupKey", "event_manager_id", "summary", "severity", "class", "source", "component", "details", "links", "type",
                "status",
                "parent_id", "parent_dedupKey", "child_count", "active_child_count", "event_count", "resolve_requested", "grouping_value",
                "created_at", "updated_at", "resolved_at", "acknowledged_at", "acknowledged_by",
            ])
        #expect(value["created_at"]?.stringValue == "1970-01-01T00:00:00.010Z")
    }

    @Test func configurationRoundTrips() throws {
        let time = Timestamp(milliseconds: 1_700_000_000_123)
        let manager = EventManager(
            id: "m", name: "Payment Team", description: nil, groupingRuleID: "r",
            notification: NotificationConfiguration(webhookURL: "http://127.0.0.1/", format: .alertmanager), routingKey: "k",
            createdAt: time,
            updatedAt: time)
        var writer = JSONWriter()
        manager.write(to: &writer)
        #expect(try EventManager(writer.bytes) == manager)
        for keys in [["class"], ["class", "details.region"]] {
            let rule = GroupingRule(
                id: "r", name: "n", groupingKeys: keys, isList: keys.count > 1, timeWindowMinutes: 30, groupMissing: true, createdAt: time,
                updatedAt: time)
            writer.removeAll()
            rule.write(to: &writer)
            #expect(try GroupingRule(writer.bytes) == rule)
        }
    }

    @Test func partitionsAsPublished() {
        #expect(Partitioning.fnv1a("") == 0x811C_9DC5)
        #expect(Partitioning.fnv1a("a") == 0xE40C_292C)
        #expect(Partitioning.fnv1a("foobar") == 0xBF9C_F968)
        let counts = Dictionary(grouping: (0..<8000).map { Partitioning.partition(ofManager: "manager-\($0)", count: 8) }, by: { $0 })
        #expect(counts.count == 8)
        #expect(counts.values.allSatisfy { (800...1200).contains($0.count) })
    }

    @Test(arguments: ["", "a.b", "a b", "a*", "ä", String(repeating: "x", count: 65)])
    func identifiersFitIntoSubjects(id: String) {
        #expect(!EventManager.isValidID(id))
        #expect(EventManager.isValidID("Payment_team-1"))
    }
}
