// Why an alert is what it is: its rule, its group, its window, and what keeps it from resolving.

import ArgusShared

/// What `/why` tells about an alert.
struct Explanation: Sendable {
    /// The most active children that are named.
    static let namedChildren = 100

    var alert: Alert
    /// The rule as it is now; nil if there was none or it is gone.
    var rule: GroupingRule?
    var parent: Alert?
    /// Some of the active children, oldest first.
    var activeChildren: [Alert]
    var now: Timestamp

    /// Until when the group takes members: from its parent's creation, for as long as the window of that time.
    private var windowEnd: Timestamp {
        let owner = alert.kind == .parent ? alert : parent ?? alert
        return owner.createdAt.adding(milliseconds: owner.window)
    }

    private var isWindowOpen: Bool {
        let owner = alert.kind == .parent ? alert : parent
        return owner.map { $0.status == .active && $0.groupingValue != nil && $0.isWindowOpen(at: now) } ?? false
    }

    /// The body of the answer.
    var body: [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.string("alert_id", alert.id)
        writer.string("dedupKey", alert.dedupKey)
        writer.string("event_manager_id", alert.managerID)
        writer.string("type", alert.kind.rawValue)
        writer.string("status", alert.status.rawValue)
        writer.string("explanation", sentence)
        writer.string("grouping_value", alert.groupingValue)
        writeRule(&writer)
        writeWindow(&writer)
        writer.key("parent")
        if let parent { Self.writeReference(parent, &writer) } else { writer.null() }
        writer.key("children")
        writer.beginObject()
        writer.integer("total", alert.childCount)
        writer.integer("active", alert.activeChildCount)
        writer.endObject()
        writeResolution(&writer)
        writer.endObject()
        return writer.bytes
    }

    private func writeRule(_ writer: inout JSONWriter) {
        writer.key("rule")
        guard let id = alert.ruleID else { return writer.null() }
        writer.beginObject()
        writer.string("id", id)
        writer.string("name", rule?.name)
        writer.key("grouping_key")
        if let rule {
            writer.beginArray()
            for key in rule.groupingKeys { writer.string(key) }
            writer.endArray()
        } else {
            writer.null()
        }
        writer.bool("exists", rule != nil)
        writer.endObject()
    }

    private func writeWindow(_ writer: inout JSONWriter) {
        writer.key("window")
        writer.beginObject()
        writer.integer("minutes", alert.window / 60_000)
        writer.timestamp("open_until", windowEnd)
        writer.bool("is_open", isWindowOpen)
        writer.timestamp("reactivates_until", alert.status == .resolved ? alert.resolvedAt?.adding(milliseconds: alert.window) : nil)
        writer.endObject()
    }

    private func writeResolution(_ writer: inout JSONWriter) {
        let isBlocked = alert.status == .active && alert.activeChildCount > 0
        writer.key("resolution")
        writer.beginObject()
        writer.bool("requested", alert.resolveRequested)
        writer.bool("blocked", isBlocked)
        writer.key("blocked_by")
        writer.beginArray()
        if isBlocked { for child in activeChildren { Self.writeReference(child, &writer) } }
        writer.endArray()
        writer.timestamp("resolves_at", alert.status == .active ? alert.expiresAt : nil)
        writer.endObject()
    }

    private static func writeReference(_ alert: Alert, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.string("id", alert.id)
        writer.string("dedupKey", alert.dedupKey)
        writer.string("summary", alert.summary)
        writer.string("status", alert.status.rawValue)
        writer.timestamp("created_at", alert.createdAt)
        writer.endObject()
    }

    /// The whole matter in a few sentences.
    var sentence: String {
        [place, outlook].compactMap { $0 }.joined(separator: " ")
    }

    private var place: String {
        let value = alert.groupingValue.map { "\"\($0)\"" }
        if alert.kind == .child {
            return
                "It is a child of \"\(alert.parentDedupKey ?? alert.parentID ?? "")\": it has the same grouping value \(value ?? "") and "
                + "came while that parent was active and its window open."
        }
        guard let value else {
            return alert.ruleID == nil
                ? "It is a parent of its own: its event manager had no grouping rule."
                : "It is a parent of its own: its event did not have the field that the rule groups by."
        }
        return "It is the parent of the grouping value \(value): there was no active parent with an open window when it came."
    }

    private var outlook: String? {
        guard alert.status == .active else { return "It is resolved." }
        guard alert.activeChildCount > 0 else {
            return alert.expiresAt.map { "It resolves at \($0.rfc3339) unless it is triggered again." }
        }
        let children = alert.activeChildCount == 1 ? "1 active child" : "\(alert.activeChildCount) active children"
        return alert.resolveRequested
            ? "Its resolve was requested and waits for \(children)." : "It cannot resolve before its \(children)."
    }
}
