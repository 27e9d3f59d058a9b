// The rules of the state machine, one example each.

import ArgusShared
import Testing

@testable import GroupingProcessor

@Suite struct GroupingRuleTests {
    @Test func theFirstTriggerOfAValueMakesAParentAndLaterOnesChildren() throws {
        var it = Scenario()
        let parent = try it.trigger("a")
        it.pass(minutes: 9)
        let child = try it.trigger("b")
        #expect(it.view[parent]?.kind == .parent)
        #expect(it.view[parent]?.childCount == 1 && it.view[parent]?.activeChildCount == 1)
        #expect(it.view[child]?.kind == .child)
        #expect(it.view[child]?.parentID == parent && it.view[child]?.parentDedupKey == "a")
        #expect(it.story(parent) == [.created] && it.story(child) == [.created])
        #expect(it.view[parent]?.version == 2 && it.view[child]?.version == 1)
    }

    @Test func theWindowIsFixedFromTheParentsCreation() throws {
        var it = Scenario()
        try it.trigger("a")
        it.pass(minutes: 9)
        try it.trigger("a")
        it.time += Scenario.minute - 1
        try it.trigger("b")
        #expect(it.alert("b")?.kind == .child)
        it.time += 1
        try it.trigger("c")
        #expect(it.alert("c")?.kind == .parent)
    }

    @Test func valuesAndManagersDoNotMix() throws {
        var it = Scenario()
        try it.trigger("a", group: "g")
        try it.trigger("b", group: "h")
        try it.trigger("c", group: "g", manager: "other")
        try it.trigger("d", group: nil)
        try it.trigger("e", group: nil)
        try it.trigger("f", group: "")
        try it.trigger("g", group: "")
        #expect(it.view.values.filter { $0.kind == .child }.map(\.dedupKey) == ["g"])
    }

    @Test func aResolvedParentTakesNoNewChildren() throws {
        var it = Scenario()
        try it.trigger("a")
        try it.resolve("a")
        try it.trigger("b")
        #expect(it.alert("b")?.kind == .parent)
    }

    @Test func theOpenParentIsTheOneCreatedLast() throws {
        var it = Scenario()
        let first = try it.trigger("a", window: 60 * Scenario.minute)
        try it.resolve("a")
        let second = try it.trigger("b", window: 5 * Scenario.minute)
        #expect(try it.trigger("a") == first)
        #expect(it.view[first]?.kind == .parent)
        try it.trigger("c")
        #expect(it.alert("c")?.parentID == second)
        it.pass(minutes: 5)
        try it.trigger("d")
        #expect(it.alert("d")?.parentID == first)
    }

    @Test func aTriggerOnAnActiveAlertUpdatesItAndNothingElse() throws {
        var it = Scenario()
        try it.trigger("a")
        let child = try it.trigger("b")
        it.pass(minutes: 60)
        let details = RawJSON(.object([.init("cpu", .integer(99))]))
        try it.trigger("b", group: "elsewhere") {
            $0.summary = "worse"
            $0.severity = .high
            $0.details = details
            $0.class = "disk"
        }
        let alert = try #require(it.view[child])
        #expect(alert.summary == "worse" && alert.severity == .high && alert.details == details && alert.class == "disk")
        #expect(alert.eventCount == 2 && alert.updatedAt.milliseconds == it.time && alert.version == 2)
        #expect(alert.kind == .child && alert.parentDedupKey == "a" && alert.groupingValue == "g")
        #expect(it.story(child) == [.created, .updated])
        #expect(it.history[child]?.last?.note == "severity low -> high; summary: worse")
        #expect(it.lastChanges.count == 1 && it.lastChanges[0].hasPayload)
    }

    @Test func aTimelineSaysWhatBroughtATriggerAbout() throws {
        var it = Scenario()
        let id = try it.trigger("a") { $0.reason = "api crashed" }
        try it.trigger("a") { $0.reason = "api crashed again" }
        try it.trigger("a") {
            $0.summary = "worse"
            $0.reason = "api crashed once more"
        }
        try it.resolve("a")
        try it.trigger("a") { $0.reason = "api crashed at last" }
        #expect(it.story(id) == [.created, .updated, .updated, .resolved, .reactivated])
        let notes = ["api crashed", "api crashed again", "summary: worse; api crashed once more", nil, "api crashed at last"]
        #expect(it.history[id]?.map(\.note) == notes)
    }

    @Test func aRepeatIsCountedButNotTold() throws {
        var it = Scenario()
        let id = try it.trigger("a")
        try it.trigger("a")
        #expect(it.view[id]?.eventCount == 2 && it.story(id) == [.created])
        #expect(it.lastChanges.count == 1 && !it.lastChanges[0].hasPayload)
    }

    @Test func manyEventsOnOneAlertAreOneChange() {
        var it = Scenario()
        for count in 0..<100 {
            var event = it.event(.trigger, "a")
            event.summary = "\(count / 50)"
            it.state.apply(event)
        }
        let changes = it.state.takeChanges()
        #expect(changes.count == 1)
        #expect(changes.first?.alert.eventCount == 100 && changes.first?.alert.version == 100)
        #expect(changes.first?.transitions.map(\.kind) == [.created, .updated])
        #expect(it.state.takeChanges().isEmpty)
    }

    @Test func timeNeverGoesBack() throws {
        var it = Scenario()
        try it.trigger("a")
        it.time -= 500
        try it.trigger("b")
        #expect(it.alert("b")?.createdAt.milliseconds == it.time + 500)
        #expect(it.state.clock.milliseconds == it.time + 500)
    }
}

@Suite struct ResolvingTests {
    @Test func aChildResolvesOnItsOwn() throws {
        var it = Scenario()
        let parent = try it.trigger("a")
        let child = try it.trigger("b")
        it.pass(minutes: 1)
        try it.resolve("b")
        #expect(it.view[child]?.status == .resolved && it.view[child]?.resolvedAt?.milliseconds == it.time)
        #expect(it.view[parent]?.status == .active && it.view[parent]?.activeChildCount == 0 && it.view[parent]?.childCount == 1)
        #expect(it.story(child) == [.created, .resolved])
    }

    @Test func aParentResolvesWithItsLastChild() throws {
        var it = Scenario()
        let parent = try it.trigger("a")
        try it.trigger("b")
        try it.trigger("c")
        try it.resolve("a")
        #expect(it.view[parent]?.status == .active && it.view[parent]?.resolveRequested == true)
        try it.resolve("b")
        #expect(it.view[parent]?.status == .active)
        try it.resolve("c")
        #expect(it.view[parent]?.status == .resolved && it.view[parent]?.resolveRequested == false)
        #expect(it.story(parent) == [.created, .resolveRequested, .resolved])
        #expect(it.history[parent]?.last?.causedBy == "c" && it.history[parent]?.last?.eventID == "e6")
    }

    @Test func aTriggerOnTheParentWithdrawsItsResolve() throws {
        var it = Scenario()
        let parent = try it.trigger("a")
        try it.trigger("b")
        try it.resolve("a")
        try it.trigger("b")
        #expect(it.view[parent]?.resolveRequested == true)
        try it.trigger("a") { $0.isIdempotent = true }
        #expect(it.view[parent]?.resolveRequested == false && it.view[parent]?.eventCount == 2)
        try it.resolve("b")
        #expect(it.view[parent]?.status == .active)
        #expect(it.story(parent) == [.created, .resolveRequested, .resolveWithdrawn])
    }

    @Test func whatCannotBeResolvedIsCounted() throws {
        var it = Scenario()
        try it.resolve("a")
        try it.trigger("a")
        try it.trigger("b")
        try it.resolve("a", manager: "other")
        try it.resolve("b")
        try it.resolve("b")
        #expect(it.lastChanges.isEmpty && it.state.ignored[.resolveWithoutActiveAlert] == 3)
        try it.trigger("b")
        try it.resolve("a")
        try it.resolve("a")
        #expect(it.lastChanges.isEmpty && it.state.ignored[.resolveAlreadyRequested] == 1)
    }

    @Test func acknowledging() throws {
        var it = Scenario()
        let id = try it.trigger("a")
        try it.acknowledge("a", by: "ann")
        it.pass(minutes: 1)
        try it.acknowledge("a", by: "bob")
        #expect(it.view[id]?.acknowledgedBy == "bob" && it.view[id]?.acknowledgedAt?.milliseconds == it.time)
        #expect(it.view[id]?.status == .active && it.view[id]?.eventCount == 1)
        #expect(it.story(id) == [.created, .acknowledged, .acknowledged])
        try it.acknowledge("a", by: "bob")
        #expect(it.lastChanges.isEmpty && it.state.ignored[.acknowledgedAlready] == 1)
        try it.resolve("a")
        try it.acknowledge("a", by: "bob")
        try it.acknowledge("nobody", by: "bob")
        #expect(it.lastChanges.isEmpty && it.state.ignored[.acknowledgeWithoutActiveAlert] == 2)
    }
}

@Suite struct ReactivationTests {
    @Test func withinAWindowOfItsResolveAnAlertComesBack() throws {
        var it = Scenario()
        let id = try it.trigger("a")
        try it.acknowledge("a", by: "ann")
        it.pass(minutes: 100)
        try it.resolve("a")
        it.time += 10 * Scenario.minute - 1
        #expect(try it.trigger("a", group: "new", window: 1) == id)
        let alert = try #require(it.view[id])
        #expect(alert.status == .active && alert.resolvedAt == nil && alert.acknowledgedAt == nil && alert.acknowledgedBy == nil)
        #expect(alert.eventCount == 2 && alert.groupingValue == "g" && alert.window == 10 * Scenario.minute)
        #expect(it.story(id) == [.created, .acknowledged, .resolved, .reactivated])
    }

    @Test func laterATriggerOpensANewAlertUnderTheSameKey() throws {
        var it = Scenario()
        let old = try it.trigger("a")
        try it.resolve("a")
        it.pass(minutes: 10)
        let new = try it.trigger("a", group: "h")
        #expect(new != old && it.view[new]?.groupingValue == "h" && it.view[new]?.version == 1)
        #expect(it.view[old]?.status == .resolved)
        #expect(it.state.count == 1)
    }

    @Test func aChildWhoseParentIsActiveStaysItsChild() throws {
        var it = Scenario()
        let parent = try it.trigger("a")
        let child = try it.trigger("b")
        try it.resolve("b")
        it.pass(minutes: 9)
        try it.trigger("b")
        #expect(it.view[child]?.parentID == parent && it.view[parent]?.activeChildCount == 1 && it.view[parent]?.childCount == 1)
        #expect(it.story(child) == [.created, .resolved, .reactivated])
    }

    @Test func aChildJoinsTheOpenParent() throws {
        var it = Scenario()
        let old = try it.trigger("a")
        let child = try it.trigger("b")
        try it.resolve("b")
        try it.resolve("a")
        let new = try it.trigger("c")
        try it.trigger("b")
        #expect(it.view[child]?.parentID == new && it.view[child]?.parentDedupKey == "c")
        #expect(it.view[old]?.childCount == 0 && it.view[old]?.status == .resolved)
        #expect(it.view[new]?.childCount == 1 && it.view[new]?.activeChildCount == 1)
        #expect(it.story(child) == [.created, .resolved, .reactivated, .moved])
    }

    @Test func aChildBringsItsParentBack() throws {
        var it = Scenario()
        let parent = try it.trigger("a")
        let child = try it.trigger("b")
        try it.resolve("b")
        try it.resolve("a")
        it.pass(minutes: 9)
        try it.trigger("b")
        #expect(it.view[child]?.parentID == parent && it.view[parent]?.status == .active)
        #expect(it.view[parent]?.eventCount == 1 && it.view[parent]?.activeChildCount == 1)
        #expect(it.history[parent]?.last?.kind == .reactivated && it.history[parent]?.last?.causedBy == "b")
        try it.resolve("b")
        #expect(it.view[parent]?.status == .resolved, "the resolve of its own still stands")
    }

    @Test func aChildWithoutAParentToGoToBecomesOne() throws {
        var it = Scenario()
        let parent = try it.trigger("a")
        it.pass(minutes: 5)
        let child = try it.trigger("b")
        try it.resolve("b")
        try it.resolve("a")
        it.pass(minutes: 5)
        try it.trigger("b")
        #expect(it.view[child]?.kind == .parent && it.view[child]?.parentID == nil && it.view[child]?.parentDedupKey == nil)
        #expect(it.view[parent]?.status == .resolved && it.view[parent]?.childCount == 0)
        #expect(it.story(child) == [.created, .resolved, .reactivated, .moved])
        try it.trigger("c")
        #expect(it.alert("c")?.parentID == child, "its window is still open")
    }

    @Test func aParentStaysAParent() throws {
        var it = Scenario()
        let first = try it.trigger("a")
        try it.resolve("a")
        try it.trigger("b")
        try it.trigger("a")
        #expect(it.view[first]?.kind == .parent && it.view[first]?.status == .active)
    }
}

@Suite struct DeadlineTests {
    private func expiring(in minutes: Int64, at time: Int64, _ event: inout AlertEvent) {
        event.expiresAt = Timestamp(milliseconds: time + minutes * Scenario.minute)
        event.isIdempotent = true
    }

    @Test func onlyATickExpires() throws {
        var it = Scenario()
        let now = it.time
        let id = try it.trigger("a") { expiring(in: 5, at: now, &$0) }
        #expect(it.state.nextDeadline()?.milliseconds == now + 5 * Scenario.minute)
        it.pass(minutes: 5)
        try it.trigger("b", group: nil)
        #expect(it.view[id]?.status == .active)
        try it.tick()
        #expect(it.view[id]?.status == .resolved && it.view[id]?.expiresAt == nil)
        #expect(it.history[id]?.last?.note == "expired")
        #expect(it.state.nextDeadline() == nil)
    }

    @Test func anUnchangedRepeatOnlyMovesTheDeadline() throws {
        var it = Scenario()
        let start = it.time
        let id = try it.trigger("a") { expiring(in: 5, at: start, &$0) }
        it.pass(minutes: 4)
        try it.trigger("a") { expiring(in: 9, at: start, &$0) }
        let alert = try #require(it.view[id])
        #expect(alert.eventCount == 1 && alert.updatedAt.milliseconds == start && alert.version == 2 && it.story(id) == [.created])
        #expect(alert.expiresAt?.milliseconds == start + 9 * Scenario.minute)
        try it.trigger("a") { expiring(in: 9, at: start, &$0) }
        #expect(it.lastChanges.isEmpty && it.state.ignored[.repeatedUnchanged] == 1)
        it.pass(minutes: 4)
        try it.tick()
        #expect(it.view[id]?.status == .active && it.state.ignored[.tickWithoutDeadline] == 1)
        try it.trigger("a") { expiring(in: 1, at: start, &$0) }
        #expect(it.state.nextDeadline()?.milliseconds == start + Scenario.minute, "a deadline may come nearer")
    }

    @Test func aChangedRepeatCounts() throws {
        var it = Scenario()
        let start = it.time
        let id = try it.trigger("a") { expiring(in: 5, at: start, &$0) }
        try it.trigger("a") {
            expiring(in: 5, at: start, &$0)
            $0.severity = .high
        }
        #expect(it.view[id]?.eventCount == 2 && it.story(id) == [.created, .updated])
        try it.trigger("a")
        #expect(it.view[id]?.expiresAt == nil, "a plain trigger has no deadline")
    }

    @Test func aParentWithActiveChildrenExpiresWithTheLastOfThem() throws {
        var it = Scenario()
        let start = it.time
        let parent = try it.trigger("a") { expiring(in: 1, at: start, &$0) }
        let child = try it.trigger("b") { expiring(in: 2, at: start, &$0) }
        it.pass(minutes: 1)
        try it.tick()
        #expect(it.view[parent]?.resolveRequested == true && it.view[parent]?.status == .active)
        try it.tick()
        #expect(it.lastChanges.isEmpty)
        it.pass(minutes: 1)
        try it.tick()
        #expect(it.view[child]?.status == .resolved && it.view[parent]?.status == .resolved)
        #expect(it.history[parent]?.last?.causedBy == "b")
    }

    @Test func aTickResolvesABoundedNumberInOrder() throws {
        var it = Scenario()
        let start = it.time
        let count = PartitionState.expiriesPerTick + 10
        for index in 0..<count {
            try it.trigger("k\(index)", group: nil) { expiring(in: index == count - 1 ? 1 : 2, at: start, &$0) }
        }
        it.pass(minutes: 3)
        try it.tick()
        #expect(it.lastChanges.count == PartitionState.expiriesPerTick && it.lastChanges.first?.alert.dedupKey == "k\(count - 1)")
        #expect(it.lastChanges.dropFirst().map(\.alert.ordinal) == (0..<Int64(PartitionState.expiriesPerTick - 1)).map { $0 })
        #expect(it.state.nextDeadline() != nil)
        try it.tick()
        #expect(it.lastChanges.count == 10 && it.state.activeCount == 0 && it.state.nextDeadline() == nil)
    }
}

@Suite struct MemoryTests {
    @Test func resolvedAlertsLeaveAfterTheirWindow() throws {
        var it = Scenario()
        try it.trigger("a")
        try it.trigger("b")
        try it.trigger("c", group: nil, window: Scenario.minute)
        try it.resolve("a")
        try it.resolve("c")
        it.pass(minutes: 1)
        try it.tick()
        #expect(it.state.count == 2)
        it.pass(minutes: 8)
        try it.resolve("b")
        it.pass(minutes: 9)
        try it.tick()
        #expect(it.state.count == 2)
        it.pass(minutes: 1)
        try it.tick()
        #expect(it.state.count == 0)
    }

    @Test func aParentStaysForTheChildrenThatMayComeBack() throws {
        var it = Scenario()
        let parent = try it.trigger("a", window: Scenario.minute)
        let child = try it.trigger("b", window: 60 * Scenario.minute)
        try it.resolve("b")
        try it.resolve("a")
        it.pass(minutes: 30)
        let second = try it.trigger("a", group: "other", window: Scenario.minute)
        #expect(second != parent && it.state.count == 3)
        try it.trigger("b")
        #expect(it.view[child]?.kind == .parent && it.view[parent]?.childCount == 0 && it.state.count == 2)
    }

    @Test func flappingDoesNotPileUpDeadlines() throws {
        var it = Scenario()
        for round in 0..<200 {
            it.time += 10
            let time = it.time
            try it.trigger("a") {
                $0.isIdempotent = round.isMultiple(of: 2)
                $0.expiresAt = Timestamp(milliseconds: time + 1000)
            }
            try it.resolve("a")
        }
        #expect(it.state.queuedDeadlines <= 2)
    }
}
