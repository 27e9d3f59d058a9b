// What a trigger does: opens, updates or reactivates an alert, and groups it.

import ArgusShared

extension PartitionState {
    mutating func trigger(_ event: AlertEvent) {
        let key = AlertKey(managerID: event.managerID, dedupKey: event.dedupKey)
        guard let slot = latest[key] else { return open(event, key: key) }
        if store[slot].alert.status == .active {
            update(slot, with: event)
        } else if store[slot].alert.canReactivate(at: clock) {
            reactivate(slot, with: event)
        } else {
            superseded[store[slot].alert.id] = slot
            open(event, key: key)
        }
    }

    // MARK: New alerts

    private mutating func open(_ event: AlertEvent, key: AlertKey) {
        var alert = Alert(openedBy: event, at: clock, ordinal: takeOrdinal())
        let parent = openParent(managerID: alert.managerID, value: alert.groupingValue)
        if let parent { alert.join(store[parent].alert) }
        let slot = store.insert(AlertSlot(alert: alert, parent: parent))
        latest[key] = slot
        activeCount += 1
        touchNew(slot)
        record(Transition(.created, at: clock, eventID: event.id, note: event.reason), of: slot)
        scheduleExpiry(slot)
        if let parent { takeChild(parent) } else { openParents.insert(alert, slot: slot) }
    }

    /// The parent that takes new children of a grouping value now.
    private mutating func openParent(managerID: String, value: String?) -> Int? {
        guard let value else { return nil }
        return openParents.newest(of: GroupKey(managerID: managerID, value: value), at: clock)
    }

    /// Counts an active child that is new to the parent in `slot`.
    private mutating func takeChild(_ slot: Int) {
        store[slot].alert.childCount += 1
        store[slot].alert.activeChildCount += 1
        store[slot].residentChildren += 1
        touch(slot)
    }

    // MARK: Active alerts

    private mutating func update(_ slot: Int, with event: AlertEvent) {
        if event.isIdempotent, !store[slot].alert.resolveRequested, store[slot].alert.says(event) {
            guard store[slot].alert.expiresAt != event.expiresAt else { return ignore(.repeatedUnchanged) }
            store[slot].alert.expiresAt = event.expiresAt
            scheduleExpiry(slot)
            return touch(slot)
        }
        let note = store[slot].alert.note(of: event)
        takeIn(event, slot)
        if store[slot].alert.resolveRequested {
            store[slot].alert.resolveRequested = false
            record(Transition(.resolveWithdrawn, at: clock, eventID: event.id), of: slot)
        }
        if let note { record(Transition(.updated, at: clock, eventID: event.id, note: note), of: slot) }
    }

    /// Takes over what a trigger says about an alert.
    private mutating func takeIn(_ event: AlertEvent, _ slot: Int) {
        let isPayloadNew = store[slot].alert.details != event.details || store[slot].alert.links != event.links
        store[slot].alert.take(event, at: clock)
        touch(slot)
        if isPayloadNew { notePayload(slot) }
        scheduleExpiry(slot)
    }

    // MARK: Resolved alerts

    private mutating func reactivate(_ slot: Int, with event: AlertEvent) {
        takeIn(event, slot)
        store[slot].alert.resume()
        activeCount += 1
        record(Transition(.reactivated, at: clock, eventID: event.id, note: event.reason), of: slot)
        if store[slot].alert.kind == .parent {
            openParents.insert(store[slot].alert, slot: slot)
        } else {
            regroup(slot, event: event)
        }
    }

    /// Finds the place of a child that is active again: its old parent if that is active, else the open parent, else its old parent
    /// reactivated, else it is a parent from now on.
    private mutating func regroup(_ slot: Int, event: AlertEvent) {
        let old = store[slot].parent
        if let old, store[old].alert.status == .active {
            store[old].alert.activeChildCount += 1
            return touch(old)
        }
        if let open = openParent(managerID: store[slot].alert.managerID, value: store[slot].alert.groupingValue) {
            leave(old)
            store[slot].parent = open
            store[slot].alert.join(store[open].alert)
            takeChild(open)
            return record(Transition(.moved, at: clock, eventID: event.id), of: slot)
        }
        if let old, store[old].alert.isWindowOpen(at: clock) {
            return reactivateParent(old, by: store[slot].alert.dedupKey, event: event)
        }
        leave(old)
        store[slot].parent = nil
        store[slot].alert.becomeParent()
        openParents.insert(store[slot].alert, slot: slot)
        record(Transition(.moved, at: clock, eventID: event.id, note: "a parent of its own"), of: slot)
    }

    /// The resolve that the parent's own sender asked for still stands: it resolves again with its last child, unless it is triggered.
    private mutating func reactivateParent(_ slot: Int, by child: String, event: AlertEvent) {
        store[slot].alert.resume()
        store[slot].alert.resolveRequested = true
        store[slot].alert.updatedAt = clock
        store[slot].alert.activeChildCount += 1
        activeCount += 1
        touch(slot)
        notePayload(slot)
        record(Transition(.reactivated, at: clock, eventID: event.id, causedBy: child), of: slot)
        openParents.insert(store[slot].alert, slot: slot)
    }

    private mutating func leave(_ parent: Int?) {
        guard let parent else { return }
        store[parent].alert.childCount -= 1
        touch(parent)
        releaseChild(of: parent)
    }
}

extension Alert {
    /// Whether a trigger says what the alert says already.
    fileprivate func says(_ event: AlertEvent) -> Bool {
        summary == event.summary && severity == event.severity && `class` == event.class && source == event.source
            && component == event.component && details == event.details && links == event.links
    }

    /// What a trigger changes of that which a timeline shows, and why; nil if nothing.
    fileprivate func note(of event: AlertEvent) -> String? {
        var parts: [String] = []
        if severity != event.severity { parts.append("severity \(severity.rawValue) -> \(event.severity.rawValue)") }
        if summary != event.summary { parts.append("summary: \(event.summary)") }
        if let reason = event.reason { parts.append(reason) }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    fileprivate mutating func take(_ event: AlertEvent, at time: Timestamp) {
        summary = event.summary
        severity = event.severity
        `class` = event.class
        source = event.source
        component = event.component
        details = event.details
        links = event.links
        eventCount += 1
        updatedAt = time
        expiresAt = event.expiresAt
    }

    fileprivate mutating func resume() {
        status = .active
        resolvedAt = nil
        acknowledgedAt = nil
        acknowledgedBy = nil
    }

    fileprivate mutating func join(_ parent: Alert) {
        kind = .child
        parentID = parent.id
        parentDedupKey = parent.dedupKey
    }

    fileprivate mutating func becomeParent() {
        kind = .parent
        parentID = nil
        parentDedupKey = nil
    }
}
