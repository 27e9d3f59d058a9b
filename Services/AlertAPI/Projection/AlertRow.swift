// An alert as a row: the columns, to them and from them.

import ArgusShared
import ArgusStorage

/// The mapping between `Alert` and the table `alerts`.
enum AlertRow {
    /// The columns in the order of `values(of:notifiedSequence:)`.
    static let columns = [
        "id", "dedup_key", "event_manager_id", "facet", "summary", "search_text", "class", "source", "component", "parent_id",
        "parent_dedup_key", "child_count", "active_child_count", "event_count", "resolve_requested", "grouping_value", "rule_id",
        "window_ms", "created_at", "updated_at", "resolved_at", "acknowledged_at", "acknowledged_by", "expires_at", "version", "ordinal",
        "notified_sequence",
    ]

    /// Columns that never change in an alert's life.
    private static let fixed: Set = ["id", "dedup_key", "event_manager_id", "created_at", "ordinal"]
    /// Columns that several indexes hold and that most changes leave alone.
    private static let placing: Set = ["facet", "class", "parent_id"]

    /// What an upsert does with a row that is there: replaced by a later version, the notification's sequence kept if none is new.
    ///
    /// A database touches the indexes of all columns that a statement names, changed or not: alerts that stay in their place in most
    /// indexes are written by a statement that does not name those columns.
    static func conflict(moves: Bool) -> ConflictClause {
        .update(
            on: ["id"], set: columns.filter { $0 != "notified_sequence" && !fixed.contains($0) && (moves || !placing.contains($0)) },
            expressions: ["notified_sequence = COALESCE(excluded.notified_sequence, alerts.notified_sequence)"],
            where: "excluded.version > alerts.version")
    }

    /// The row of `alert`.
    static func values(of alert: Alert, notifiedSequence: UInt64?) -> [SQLValue] {
        [
            .text(alert.id), .text(alert.dedupKey), .text(alert.managerID), .integer(AlertFacet(of: alert).rawValue), .text(alert.summary),
            .text(orNull: searchText(alert.summary)), .text(orNull: alert.class), .text(orNull: alert.source),
            .text(orNull: alert.component), .text(orNull: alert.parentID), .text(orNull: alert.parentDedupKey),
            .integer(Int64(alert.childCount)), .integer(Int64(alert.activeChildCount)), .integer(alert.eventCount),
            .integer(alert.resolveRequested ? 1 : 0), .text(orNull: alert.groupingValue), .text(orNull: alert.ruleID),
            .integer(alert.window), .integer(alert.createdAt.milliseconds), .integer(alert.updatedAt.milliseconds),
            .integer(orNull: alert.resolvedAt?.milliseconds), .integer(orNull: alert.acknowledgedAt?.milliseconds),
            .text(orNull: alert.acknowledgedBy), .integer(orNull: alert.expiresAt?.milliseconds), .integer(alert.version),
            .integer(alert.ordinal), .integer(orNull: notifiedSequence.map { Int64(clamping: $0) }),
        ]
    }

    /// What a search looks at where the database's own case folding does not do: it knows ASCII only.
    static func searchText(_ summary: String) -> String? {
        summary.utf8.allSatisfy { $0 < 0x80 } ? nil : summary.lowercased()
    }

    /// The columns that `read(_:)` expects, for a SELECT over `alerts a` and `alert_payloads p`.
    static let selection =
        columns.filter { $0 != "search_text" && $0 != "notified_sequence" }.map { "a.\($0)" }.joined(separator: ", ")
        + ", p.details, p.links"

    /// The tables that `selection` is taken from.
    static let tables = "alerts a LEFT JOIN alert_payloads p ON p.alert_id = a.id"

    /// The alert of a row of `selection`.
    static func read(_ row: SQLRow) throws -> Alert {
        let createdAt = Timestamp(milliseconds: try row.integer(17))
        var opening = AlertEvent(
            id: try row.text(0), action: .trigger, managerID: try row.text(2), dedupKey: try row.text(1), receivedAt: createdAt)
        let facet = AlertFacet(rawValue: try row.integer(3))
        opening.summary = try row.text(4)
        opening.severity = facet.severity
        opening.class = try row.optionalText(5)
        opening.source = try row.optionalText(6)
        opening.component = try row.optionalText(7)
        opening.grouping = Grouping(ruleID: try row.optionalText(15), value: try row.optionalText(14), window: try row.integer(16))
        opening.expiresAt = try time(row, 22)
        opening.details = try json(row, 25)
        opening.links = try json(row, 26)
        var alert = Alert(openedBy: opening, at: createdAt, ordinal: try row.integer(24))
        alert.kind = facet.kind
        alert.status = facet.status
        alert.parentID = try row.optionalText(8)
        alert.parentDedupKey = try row.optionalText(9)
        alert.childCount = Int(try row.integer(10))
        alert.activeChildCount = Int(try row.integer(11))
        alert.eventCount = try row.integer(12)
        alert.resolveRequested = try row.bool(13)
        alert.updatedAt = Timestamp(milliseconds: try row.integer(18))
        alert.resolvedAt = try time(row, 19)
        alert.acknowledgedAt = try time(row, 20)
        alert.acknowledgedBy = try row.optionalText(21)
        alert.version = try row.integer(23)
        return alert
    }

    private static func time(_ row: SQLRow, _ column: Int) throws -> Timestamp? {
        try row.optionalInteger(column).map { Timestamp(milliseconds: $0) }
    }

    private static func json(_ row: SQLRow, _ column: Int) throws -> RawJSON? {
        try row.optionalText(column).map { try RawJSON(Array($0.utf8), limits: .trusted) }
    }
}
