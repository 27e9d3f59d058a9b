// A partition's state with events made from few words, for tests of single rules.

import ArgusShared
import Testing

@testable import GroupingProcessor

/// Applies events one by one and keeps what a reader of the commits would know.
struct Scenario {
    static let minute: Int64 = 60_000

    var state = PartitionState()
    /// Every alert ever told of, by identifier, as commits describe it.
    var view: [String: Alert] = [:]
    /// Every transition told of, by identifier of the alert.
    var history: [String: [Transition]] = [:]
    var lastChanges: [AlertChange] = []
    var time: Int64 = 1_000_000
    private var events = 0

    /// An event at the current time, whose identifier is `e1`, `e2` and so on.
    mutating func event(_ action: AlertEvent.Action, _ key: String, manager: String = "m") -> AlertEvent {
        events += 1
        return AlertEvent(id: "e\(events)", action: action, managerID: manager, dedupKey: key, receivedAt: Timestamp(milliseconds: time))
    }

    /// Triggers `key` and returns its alert's identifier.
    @discardableResult
    mutating func trigger(
        _ key: String, group: String? = "g", window: Int64 = 10 * minute, manager: String = "m",
        _ change: (inout AlertEvent) -> Void = { _ in }
    ) throws -> String {
        var event = event(.trigger, key, manager: manager)
        event.summary = "summary of \(key)"
        event.grouping = Grouping(ruleID: "r", value: group, window: window)
        change(&event)
        try apply(event)
        return try #require(alert(key, manager: manager)).id
    }

    mutating func resolve(_ key: String, manager: String = "m") throws {
        try apply(event(.resolve, key, manager: manager))
    }

    mutating func acknowledge(_ key: String, by actor: String?) throws {
        var event = event(.acknowledge, key)
        event.actor = actor
        try apply(event)
    }

    mutating func tick() throws {
        try apply(event(.tick, "", manager: ""))
    }

    mutating func pass(minutes: Int64) {
        time += minutes * Self.minute
    }

    mutating func apply(_ event: AlertEvent) throws {
        state.apply(event)
        lastChanges = state.takeChanges()
        for var change in lastChanges {
            if let known = view[change.alert.id] {
                #expect(change.alert.version == known.version + 1)
                if !change.hasPayload {
                    change.alert.details = known.details
                    change.alert.links = known.links
                }
            } else {
                #expect(change.hasPayload && change.alert.version == 1)
            }
            view[change.alert.id] = change.alert
            history[change.alert.id, default: []] += change.transitions
        }
        for problem in state.violations() { Issue.record("\(problem)") }
    }

    /// The latest alert of a key, as commits describe it.
    func alert(_ key: String, manager: String = "m") -> Alert? {
        view.values.filter { $0.dedupKey == key && $0.managerID == manager }.max { $0.ordinal < $1.ordinal }
    }

    /// What happened to an alert, by kinds.
    func story(_ id: String) -> [Transition.Kind] {
        history[id, default: []].map(\.kind)
    }
}

extension PartitionState {
    /// Every alert in memory, by ordinal.
    var residents: [Alert] {
        store.indices.map { store[$0].alert }.sorted { $0.ordinal < $1.ordinal }
    }

    /// Which invariants the state breaks: what DESIGN.md demands of alerts, and that what is derived equals a recount.
    func violations() -> [String] {
        var problems: [String] = []
        var resident: [Int: Int] = [:]
        var active: [Int: Int] = [:]
        for slot in store.indices {
            let alert = store[slot].alert
            guard let parent = store[slot].parent else {
                if alert.kind != .parent || alert.parentID != nil { problems.append("\(alert.id) is a child without a parent") }
                continue
            }
            resident[parent, default: 0] += 1
            if alert.status == .active { active[parent, default: 0] += 1 }
            let other = store[parent].alert
            if store[parent].isVacant { problems.append("the parent of \(alert.id) has left") }
            if alert.kind != .child || alert.parentID != other.id || alert.parentDedupKey != other.dedupKey || other.kind != .parent {
                problems.append("\(alert.id) and its parent \(other.id) disagree")
            }
            if alert.managerID != other.managerID || alert.groupingValue != other.groupingValue || alert.groupingValue == nil {
                problems.append("\(alert.id) and its parent \(other.id) do not share manager and value")
            }
            if alert.status == .active, other.status == .resolved { problems.append("\(alert.id) is active under a resolved parent") }
        }
        for slot in store.indices {
            let alert = store[slot].alert
            if store[slot].residentChildren != resident[slot, default: 0] { problems.append("\(alert.id) miscounts children in memory") }
            if alert.activeChildCount != active[slot, default: 0] { problems.append("\(alert.id) miscounts active children") }
            if alert.childCount < resident[slot, default: 0] { problems.append("\(alert.id) has fewer children than are in memory") }
            if alert.status == .resolved, alert.resolvedAt == nil || alert.expiresAt != nil || alert.resolveRequested {
                problems.append("\(alert.id) is not wholly resolved")
            }
            if alert.status == .active, alert.resolvedAt != nil { problems.append("\(alert.id) is not wholly active") }
            if alert.resolveRequested, alert.activeChildCount == 0 || alert.expiresAt != nil {
                problems.append("\(alert.id) waits for children that it does not have, or for a deadline as well")
            }
            let key = AlertKey(managerID: alert.managerID, dedupKey: alert.dedupKey)
            if latest[key] != slot, superseded[alert.id] != slot { problems.append("\(alert.id) cannot be found") }
        }
        if latest.count + superseded.count != store.count { problems.append("an index holds alerts that are gone") }
        if activeCount != store.indices.count(where: { store[$0].alert.status == .active }) {
            problems.append("active alerts are miscounted")
        }
        return problems
    }
}
