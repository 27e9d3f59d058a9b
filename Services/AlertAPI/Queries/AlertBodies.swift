// The bodies of answers about alerts.

import ArgusShared

/// Writes what the routes answer with.
enum AlertBodies {
    /// A page of a list.
    static func page(_ page: AlertQueries.Page, cursorScope: UInt32) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + page.alerts.count * 900)
        writer.beginObject()
        writer.key("alerts")
        writer.beginArray()
        for alert in page.alerts { alert.writePublic(to: &writer) }
        writer.endArray()
        writer.integer("total", page.total)
        writer.bool("total_exact", page.isTotalExact)
        writer.string("next_cursor", page.next?.encoded(scope: cursorScope))
        writer.endObject()
        return writer.bytes
    }

    /// One alert.
    static func alert(_ alert: Alert) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        alert.writePublic(to: &writer)
        return writer.bytes
    }

    /// A page of a timeline.
    static func timeline(_ items: [AlertQueries.TimelineItem], of alert: Alert, total: Int, next: String?) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + items.count * 200)
        writer.beginObject()
        writer.string("alert_id", alert.id)
        writer.string("dedupKey", alert.dedupKey)
        writer.string("event_manager_id", alert.managerID)
        writer.key("transitions")
        writer.beginArray()
        for item in items {
            writer.beginObject()
            item.transition.writePublic(to: &writer)
            writer.integer("version", item.version)
            writer.endObject()
        }
        writer.endArray()
        writer.integer("total", total)
        writer.string("next_cursor", next)
        writer.endObject()
        return writer.bytes
    }

    /// The answer to an action: the event that was sent.
    static func accepted(_ event: AlertEvent) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("status", "accepted")
        writer.string("action", event.action.rawValue)
        writer.string("dedupKey", event.dedupKey)
        writer.string("event_manager_id", event.managerID)
        writer.string("event_id", event.id)
        writer.endObject()
        return writer.bytes
    }
}

extension Transition {
    /// Appends the members of a transition as the API shows it.
    func writePublic(to writer: inout JSONWriter) {
        writer.string("type", kind.rawValue)
        writer.timestamp("at", at)
        writer.string("event_id", eventID)
        writer.string("caused_by", causedBy)
        writer.string("note", note)
    }
}
