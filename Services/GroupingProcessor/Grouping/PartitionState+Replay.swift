// Rebuilding a state: from the alerts of a snapshot and from commits, without applying a rule twice.

import ArgusShared

/// A commit does not fit the state it is applied to: the snapshot, or the log before it, is not what it was.
struct ReplayError: Error, Equatable, CustomStringConvertible {
    let description: String
}

extension PartitionState {
    /// The state that held `alerts`, in any order.
    init(clock: Timestamp, nextOrdinal: Int64, alerts: some Sequence<Alert>) throws {
        self.init(clock: clock, nextOrdinal: nextOrdinal)
        var slots: [Int] = []
        for alert in alerts {
            slots.append(try insert(alert))
        }
        try link(slots)
        evictDue()
    }

    /// Takes the states over that a commit tells. The commit must be the one that follows what the state was made of.
    mutating func apply(_ commit: Commit) throws {
        advance(to: commit.clock, nextOrdinal: commit.nextOrdinal)
        var slots: [Int] = []
        slots.reserveCapacity(commit.changes.count)
        for change in commit.changes {
            if let slot = find(id: change.alert.id, managerID: change.alert.managerID, dedupKey: change.alert.dedupKey) {
                replace(slot, by: change)
                slots.append(slot)
            } else {
                guard change.hasPayload else { throw ReplayError(description: "a commit changes the unknown alert \(change.alert.id)") }
                slots.append(try insert(change.alert))
            }
        }
        try link(slots)
        evictDue()
    }

    private func find(id: String, managerID: String, dedupKey: String) -> Int? {
        if let slot = latest[AlertKey(managerID: managerID, dedupKey: dedupKey)], store[slot].alert.id == id { return slot }
        return superseded[id]
    }

    private mutating func insert(_ alert: Alert) throws -> Int {
        let key = AlertKey(managerID: alert.managerID, dedupKey: alert.dedupKey)
        let slot = store.insert(AlertSlot(alert: alert))
        if let other = latest[key] {
            guard store[other].alert.id != alert.id, store[other].alert.ordinal != alert.ordinal, alert.ordinal >= 0 else {
                throw ReplayError(description: "the alert \(alert.id) occurs twice")
            }
            let isLater = alert.ordinal > store[other].alert.ordinal
            superseded[isLater ? store[other].alert.id : alert.id] = isLater ? other : slot
            latest[key] = isLater ? slot : other
        } else {
            latest[key] = slot
        }
        if alert.status == .active { activate(slot) }
        return slot
    }

    private mutating func replace(_ slot: Int, by change: AlertChange) {
        if store[slot].alert.status == .active {
            activeCount -= 1
            if store[slot].alert.kind == .parent { openParents.remove(store[slot].alert) }
        }
        var alert = change.alert
        if !change.hasPayload {
            alert.details = store[slot].alert.details
            alert.links = store[slot].alert.links
        }
        store[slot].alert = alert
        if alert.status == .active { activate(slot) }
    }

    private mutating func activate(_ slot: Int) {
        activeCount += 1
        if store[slot].alert.kind == .parent { openParents.insert(store[slot].alert, slot: slot) }
        scheduleExpiry(slot)
    }

    /// Finds the parents of alerts that were inserted or replaced, once all of them are there.
    private mutating func link(_ slots: [Int]) throws {
        for slot in slots {
            let alert = store[slot].alert
            var parent: Int?
            if let id = alert.parentID, let dedupKey = alert.parentDedupKey {
                parent = find(id: id, managerID: alert.managerID, dedupKey: dedupKey)
                guard parent != nil else { throw ReplayError(description: "the parent \(id) of the alert \(alert.id) is unknown") }
            }
            let old = store[slot].parent
            guard parent != old else { continue }
            store[slot].parent = parent
            if let parent { store[parent].residentChildren += 1 }
            if let old { releaseChild(of: old) }
        }
        for slot in slots { scheduleEviction(slot) }
    }
}
