// An active alert as the dashboard knows it.

import ArgusShared

/// One alert, from alert-api or from a commit on the bus.
struct TopAlert: Sendable, Hashable {
    let id: String
    var key: String
    var manager: String
    var summary: String
    var severity: Severity
    var parentID: String?
    var childCount: Int
    var activeChildCount: Int
    var eventCount: Int64
    var createdAt: Timestamp
    var updatedAt: Timestamp
    var acknowledgedBy: String?
    var isAcknowledged: Bool

    init(_ alert: Alert) {
        id = alert.id
        key = alert.dedupKey
        manager = alert.managerID
        summary = alert.summary
        severity = alert.severity
        parentID = alert.parentID
        childCount = alert.childCount
        activeChildCount = alert.activeChildCount
        eventCount = alert.eventCount
        createdAt = alert.createdAt
        updatedAt = alert.updatedAt
        acknowledgedBy = alert.acknowledgedBy
        isAcknowledged = alert.acknowledgedAt != nil
    }

    /// Reads what alert-api shows; nil for what is no alert.
    init?(_ json: JSONValue) {
        func text(_ name: String) -> String? { json[name]?.stringValue }
        func count(_ name: String) -> Int { Int(clamping: json[name]?.integerValue ?? 0) }
        guard let id = text("id"), let key = text("dedupKey"), let manager = text("event_manager_id"),
            let severity = text("severity").flatMap(Severity.init(rawValue:)),
            let createdAt = text("created_at").flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        self.id = id
        self.key = key
        self.manager = manager
        self.severity = severity
        self.createdAt = createdAt
        summary = text("summary") ?? ""
        parentID = text("parent_id")
        childCount = count("child_count")
        activeChildCount = count("active_child_count")
        eventCount = Int64(count("event_count"))
        updatedAt = text("updated_at").flatMap(Timestamp.init(rfc3339:)) ?? createdAt
        acknowledgedBy = text("acknowledged_by")
        isAcknowledged = text("acknowledged_at") != nil
    }

    /// The worse the less.
    var rank: Int {
        switch severity {
        case .high: 0
        case .medium: 1
        case .low: 2
        }
    }
}
