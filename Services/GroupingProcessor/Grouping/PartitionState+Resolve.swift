// What resolves, acknowledgements and ticks do.

import ArgusShared

extension PartitionState {
    mutating func resolve(_ event: AlertEvent) {
        guard let slot = activeAlert(event) else { return ignore(.resolveWithoutActiveAlert) }
        conclude(slot, event: event, note: event.reason)
    }

    mutating func acknowledge(_ event: AlertEvent) {
        guard let slot = activeAlert(event) else { return ignore(.acknowledgeWithoutActiveAlert) }
        guard store[slot].alert.acknowledgedAt != clock || store[slot].alert.acknowledgedBy != event.actor else {
            return ignore(.acknowledgedAlready)
        }
        store[slot].alert.acknowledgedAt = clock
        store[slot].alert.acknowledgedBy = event.actor
        store[slot].alert.updatedAt = clock
        touch(slot)
        record(Transition(.acknowledged, at: clock, eventID: event.id, note: event.actor.map { "by \($0)" }), of: slot)
    }

    /// Resolves what has expired, the earliest deadline first, the older alert first. Nothing but a tick does.
    mutating func expire(_ event: AlertEvent) {
        var expired = 0
        while expired < Self.expiriesPerTick, let entry = firstExpiry(), entry.time <= clock {
            expired += 1
            conclude(entry.slot, event: event, note: "expired")
        }
        if expired == 0 { ignore(.tickWithoutDeadline) }
    }

    private func activeAlert(_ event: AlertEvent) -> Int? {
        guard let slot = latest[AlertKey(managerID: event.managerID, dedupKey: event.dedupKey)], store[slot].alert.status == .active else {
            return nil
        }
        return slot
    }

    /// Resolves the active alert in `slot`, or notes that it is to resolve with its last child. Either way it expires no more.
    private mutating func conclude(_ slot: Int, event: AlertEvent, note: String?) {
        guard store[slot].alert.activeChildCount == 0 else {
            guard !store[slot].alert.resolveRequested else { return ignore(.resolveAlreadyRequested) }
            store[slot].alert.resolveRequested = true
            store[slot].alert.expiresAt = nil
            store[slot].alert.updatedAt = clock
            touch(slot)
            return record(Transition(.resolveRequested, at: clock, eventID: event.id, note: note), of: slot)
        }
        close(slot, Transition(.resolved, at: clock, eventID: event.id, note: note))
        guard let parent = store[slot].parent else { return }
        store[parent].alert.activeChildCount -= 1
        touch(parent)
        if store[parent].alert.activeChildCount == 0, store[parent].alert.resolveRequested {
            close(parent, Transition(.resolved, at: clock, eventID: event.id, causedBy: store[slot].alert.dedupKey))
        }
    }

    private mutating func close(_ slot: Int, _ transition: Transition) {
        if store[slot].alert.kind == .parent { openParents.remove(store[slot].alert) }
        store[slot].alert.close(at: clock)
        activeCount -= 1
        touch(slot)
        record(transition, of: slot)
        scheduleEviction(slot)
    }
}

extension Alert {
    fileprivate mutating func close(at time: Timestamp) {
        status = .resolved
        resolvedAt = time
        updatedAt = time
        resolveRequested = false
        expiresAt = nil
    }
}
