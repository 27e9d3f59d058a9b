// All active alerts, from alert-api's list and from commits as they come.

import ArgusShared

/// Active alerts, parents over their children.
///
/// alert-api's list is complete, but a moment behind the bus; commits are at once, but only what changes. So what a commit said holds
/// against a list until the list had time to catch up.
struct AlertBoard: Sendable {
    /// One line of the tree.
    struct Line: Sendable, Hashable {
        var alert: TopAlert
        var isChild: Bool
        var isLastChild: Bool
        /// Children that are not shown below.
        var hidden: Int
    }

    /// A complete list of alert-api.
    struct List: Sendable, Hashable {
        var alerts: [TopAlert]
        /// How many there are, also of those that are not in the list.
        var total: Int
    }

    private struct Change: Sendable {
        var updatedAt: Timestamp
        var seenAt: Timestamp
        var isActive: Bool
    }

    /// As many as alert-api lists at once.
    static let most = 1000
    /// For how long a commit holds against lists.
    static let patience: Int64 = 15_000

    private var byID: [String: TopAlert] = [:]
    private var changes: [String: Change] = [:]
    private var beyond = 0
    /// Whether a complete list has ever been seen.
    private(set) var isComplete = false

    /// How many are active.
    var count: Int { byID.count + beyond }
    /// How many are active and severe.
    var severe: Int { byID.values.count { $0.severity == .high } }

    subscript(id: String) -> TopAlert? { byID[id] }

    mutating func apply(_ list: List, at now: Timestamp) {
        changes = changes.filter { now.milliseconds - $0.value.seenAt.milliseconds < Self.patience }
        var next: [String: TopAlert] = [:]
        for alert in list.alerts.prefix(Self.most) {
            guard let change = changes[alert.id],
                change.updatedAt > alert.updatedAt || !change.isActive && change.updatedAt >= alert.updatedAt
            else {
                next[alert.id] = alert
                continue
            }
            if change.isActive { next[alert.id] = byID[alert.id] }
        }
        for (id, change) in changes where change.isActive && next[id] == nil { next[id] = byID[id] }
        byID = next
        beyond = max(0, list.total - list.alerts.count)
        isComplete = true
    }

    mutating func apply(_ commit: Commit, at now: Timestamp) {
        for change in commit.changes {
            let alert = change.alert
            let isActive = alert.status == .active
            if changes.count < Self.most || changes[alert.id] != nil {
                changes[alert.id] = Change(updatedAt: alert.updatedAt, seenAt: now, isActive: isActive)
            }
            if !isActive {
                byID[alert.id] = nil
            } else if byID[alert.id] != nil || byID.count < Self.most {
                byID[alert.id] = TopAlert(alert)
            }
        }
    }

    /// The tree: the worst and then the newest first. With a filter, a parent stays for a child that matches.
    func lines(_ filter: TextFilter, folded: Set<String>) -> [Line] {
        var children: [String: [TopAlert]] = [:]
        var roots: [TopAlert] = []
        for alert in byID.values {
            if let parent = alert.parentID, byID[parent] != nil { children[parent, default: []].append(alert) } else { roots.append(alert) }
        }
        var lines: [Line] = []
        for root in roots.sorted(by: Self.precedes) {
            let isMatch = Self.matches(root, filter)
            let below = (children[root.id] ?? []).filter { isMatch || Self.matches($0, filter) }.sorted(by: Self.precedes)
            guard isMatch || !below.isEmpty else { continue }
            let isFolded = folded.contains(root.id)
            lines.append(Line(alert: root, isChild: false, isLastChild: false, hidden: isFolded ? below.count : 0))
            guard !isFolded else { continue }
            for (index, child) in below.enumerated() {
                lines.append(Line(alert: child, isChild: true, isLastChild: index == below.count - 1, hidden: 0))
            }
        }
        return lines
    }

    private static func matches(_ alert: TopAlert, _ filter: TextFilter) -> Bool {
        filter.matches(alert.summary, alert.key, alert.severity.rawValue, alert.manager)
    }

    private static func precedes(_ left: TopAlert, _ right: TopAlert) -> Bool {
        (left.rank, right.createdAt, left.id) < (right.rank, left.createdAt, right.id)
    }
}
