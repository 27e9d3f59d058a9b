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
        writer.key("total")
        writer.integer(page.total)
        writer.key("total_exact")
        writer.bool(page.isTotalExact)
        writer.key("next_cursor")
        writer.string(page.next?.encoded(scope: cursorScope))
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
        writer.key("alert_id")
        writer.string(alert.id)
        writer.key("dedupKey")
        writer.string(alert.dedupKey)
        writer.key("event_manager_id")
        writer.string(alert.managerID)
        writer.key("transitions")
        writer.beginArray()
        for item in items {
            writer.beginObject()
            item.transition.writePublic(to: &writer)
            writer.key("version")
            writer.integer(item.version)
            writer.endObject()
        }
        writer.endArray()
        writer.key("total")
        writer.integer(total)
        writer.key("next_cursor")
        writer.string(next)
        writer.endObject()
        return writer.bytes
    }

    /// The answer to an action: the event that was sent.
    static func accepted(_ event: AlertEvent) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("status")
        writer.string("accepted")
        writer.key("action")
        writer.string(event.action.rawValue)
        writer.key("dedupKey")
        writer.string(event.dedupKey)
        writer.key("event_manager_id")
        writer.string(event.managerID)
        writer.key("event_id")
        writer.string(event.id)
        writer.endObject()
        return writer.bytes
    }
}

extension Transition {
    /// Appends the members of a transition as the API shows it.
    func writePublic(to writer: inout JSONWriter) {
        writer.key("type")
        writer.string(kind.rawValue)
        writer.key("at")
        writer.timestamp(at)
        writer.key("event_id")
        writer.string(eventID)
        writer.key("caused_by")
        writer.string(causedBy)
        writer.key("note")
        writer.string(note)
    }
}
