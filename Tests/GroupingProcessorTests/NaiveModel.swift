// The rules of grouping once more, as plainly as they can be said: every alert ever, searched from end to end, counted anew each time.

import ArgusShared

@testable import GroupingProcessor

/// All alerts that a list of events makes. Nothing leaves, nothing is indexed, and versions come from comparing states.
struct NaiveModel {
    private(set) var alerts: [Alert] = []
    private(set) var clock = Timestamp(milliseconds: 0)

    init() {}

    /// What a whole list of events makes.
    init(_ events: [AlertEvent]) {
        for event in events { take(event) }
    }

    mutating func take(_ event: AlertEvent) {
        let before = alerts
        clock = max(clock, event.receivedAt)
        switch event.action {
        case .trigger: trigger(event)
        case .resolve:
            if let index = activeAlert(event) { conclude(index) }
        case .acknowledge:
            if let index = activeAlert(event) {
                alerts[index].acknowledgedAt = clock
                alerts[index].acknowledgedBy = event.actor
                alerts[index].updatedAt = clock
            }
        case .tick:
            let due = alerts.indices.filter { expiry(of: $0) <= clock }.sorted {
                (expiry(of: $0), alerts[$0].ordinal) < (expiry(of: $1), alerts[$1].ordinal)
            }
            for index in due.prefix(PartitionState.expiriesPerTick) { conclude(index) }
        }
        recount()
        for index in before.indices where alerts[index] != before[index] { alerts[index].version += 1 }
    }

    private func expiry(of index: Int) -> Timestamp {
        alerts[index].expiresAt ?? Timestamp(milliseconds: .max)
    }

    private func activeAlert(_ event: AlertEvent) -> Int? {
        alerts.lastIndex { $0.dedupKey == event.dedupKey && $0.managerID == event.managerID && $0.status == .active }
    }

    private func index(of id: String?) -> Int? {
        alerts.firstIndex { $0.id == id }
    }

    private func activeChildren(of index: Int) -> Int {
        alerts.count { $0.parentID == alerts[index].id && $0.status == .active }
    }

    private func openParent(for alert: Alert) -> Int? {
        guard let value = alert.groupingValue else { return nil }
        return alerts.lastIndex {
            $0.kind == .parent && $0.status == .active && $0.managerID == alert.managerID && $0.groupingValue == value
                && clock < $0.createdAt.adding(milliseconds: $0.window)
        }
    }

    private mutating func trigger(_ event: AlertEvent) {
        let known = alerts.lastIndex { $0.dedupKey == event.dedupKey && $0.managerID == event.managerID }
        if let known, alerts[known].status == .active {
            update(known, event)
        } else if let known, let resolvedAt = alerts[known].resolvedAt, clock < resolvedAt.adding(milliseconds: alerts[known].window) {
            reactivate(known, event)
        } else {
            var alert = Alert(openedBy: event, at: clock, ordinal: Int64(alerts.count))
            if let parent = openParent(for: alert) { adopt(&alert, by: parent) }
            alerts.append(alert)
        }
    }

    private mutating func update(_ index: Int, _ event: AlertEvent) {
        var repeated = alerts[index]
        say(event, &repeated)
        let unchanged = alerts[index].sameWords(as: repeated) && !alerts[index].resolveRequested
        if event.isIdempotent, unchanged {
            alerts[index].expiresAt = event.expiresAt
        } else {
            alerts[index] = repeated
            alerts[index].resolveRequested = false
        }
    }

    private mutating func reactivate(_ index: Int, _ event: AlertEvent) {
        say(event, &alerts[index])
        wake(index)
        guard alerts[index].kind == .child, let parent = self.index(of: alerts[index].parentID) else { return }
        if alerts[parent].status == .active { return }
        if let open = openParent(for: alerts[index]) {
            adopt(&alerts[index], by: open)
        } else if clock < alerts[parent].createdAt.adding(milliseconds: alerts[parent].window) {
            wake(parent)
            alerts[parent].resolveRequested = true
            alerts[parent].updatedAt = clock
        } else {
            alerts[index].kind = .parent
            alerts[index].parentID = nil
            alerts[index].parentDedupKey = nil
        }
    }

    private mutating func wake(_ index: Int) {
        alerts[index].status = .active
        alerts[index].resolvedAt = nil
        alerts[index].acknowledgedAt = nil
        alerts[index].acknowledgedBy = nil
    }

    private func adopt(_ alert: inout Alert, by parent: Int) {
        alert.kind = .child
        alert.parentID = alerts[parent].id
        alert.parentDedupKey = alerts[parent].dedupKey
    }

    private func say(_ event: AlertEvent, _ alert: inout Alert) {
        alert.summary = event.summary
        alert.severity = event.severity
        alert.class = event.class
        alert.source = event.source
        alert.component = event.component
        alert.details = event.details
        alert.links = event.links
        alert.expiresAt = event.expiresAt
        alert.eventCount += 1
        alert.updatedAt = clock
    }

    private mutating func conclude(_ index: Int) {
        if alerts[index].kind == .parent, activeChildren(of: index) > 0 {
            if alerts[index].resolveRequested { return }
            alerts[index].resolveRequested = true
            alerts[index].expiresAt = nil
            alerts[index].updatedAt = clock
            return
        }
        end(index)
        if let parent = self.index(of: alerts[index].parentID), alerts[parent].resolveRequested, activeChildren(of: parent) == 0 {
            end(parent)
        }
    }

    private mutating func end(_ index: Int) {
        alerts[index].status = .resolved
        alerts[index].resolvedAt = clock
        alerts[index].updatedAt = clock
        alerts[index].resolveRequested = false
        alerts[index].expiresAt = nil
    }

    private mutating func recount() {
        let children = alerts.filter { $0.kind == .child }
        let all = Dictionary(grouping: children, by: \.parentID)
        let active = Dictionary(grouping: children.filter { $0.status == .active }, by: \.parentID)
        for index in alerts.indices {
            alerts[index].childCount = all[alerts[index].id]?.count ?? 0
            alerts[index].activeChildCount = active[alerts[index].id]?.count ?? 0
        }
    }
}

extension Alert {
    fileprivate func sameWords(as other: Alert) -> Bool {
        summary == other.summary && severity == other.severity && `class` == other.class && source == other.source
            && component == other.component && details == other.details && links == other.links
    }
}
