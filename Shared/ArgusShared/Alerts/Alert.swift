// An alert: what the grouping processor keeps, the commit log carries and the API shows.

/// The state of one alert.
public struct Alert: Sendable, Equatable {
    /// Whether an alert stands for a group or belongs to one.
    public enum Kind: String, Sendable, CaseIterable { case parent, child }
    /// Whether it still matters.
    public enum Status: String, Sendable, CaseIterable { case active, resolved }

    /// The identifier of the event that opened it.
    public var id: String
    public var dedupKey: String
    public var managerID: String
    public var summary: String
    public var severity: Severity
    public var `class`: String?
    public var source: String?
    public var component: String?
    public var details: RawJSON?
    public var links: RawJSON?
    public var kind: Kind
    public var status: Status
    public var parentID: String?
    public var parentDedupKey: String?
    /// Alerts whose parent this is, resolved ones included.
    public var childCount: Int
    public var activeChildCount: Int
    /// Triggers taken in.
    public var eventCount: Int64
    /// A resolve came while children were active.
    public var resolveRequested: Bool
    /// Nil: a parent of its own that takes no children.
    public var groupingValue: String?
    public var ruleID: String?
    /// Milliseconds, as of the creation: how long a parent takes children, and how long after its resolve an alert reactivates.
    public var window: Int64
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var resolvedAt: Timestamp?
    public var acknowledgedAt: Timestamp?
    public var acknowledgedBy: String?
    /// When it resolves by itself unless triggered again.
    public var expiresAt: Timestamp?
    /// One more with every change: of two states of an alert the one with the higher version is the later.
    public var version: Int64
    /// Creation order within the partition.
    public var ordinal: Int64

    /// Whether a parent created then still takes children at `time`.
    public func isWindowOpen(at time: Timestamp) -> Bool {
        time < createdAt.adding(milliseconds: window)
    }

    /// Whether a trigger at `time` would reactivate this resolved alert.
    public func canReactivate(at time: Timestamp) -> Bool {
        guard let resolvedAt else { return false }
        return time < resolvedAt.adding(milliseconds: window)
    }
}

// MARK: - Making one

extension Alert {
    /// The alert that `event`, a trigger, opens at `time`.
    public init(openedBy event: AlertEvent, at time: Timestamp, ordinal: Int64) {
        id = event.id
        dedupKey = event.dedupKey
        managerID = event.managerID
        summary = event.summary
        severity = event.severity
        `class` = event.class
        source = event.source
        component = event.component
        details = event.details
        links = event.links
        kind = .parent
        status = .active
        childCount = 0
        activeChildCount = 0
        eventCount = 1
        resolveRequested = false
        groupingValue = event.grouping.value
        ruleID = event.grouping.ruleID
        window = event.grouping.window
        createdAt = time
        updatedAt = time
        expiresAt = event.expiresAt
        version = 1
        self.ordinal = ordinal
    }
}
