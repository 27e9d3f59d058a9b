// Alerts for people.

import ArgusShared

/// How alerts are shown.
enum AlertText {
    static func table(_ alerts: [JSONValue], _ output: Output) -> Table {
        var table = Table("STATUS", "SEVERITY", "TYPE", "UPDATED", "KEY", "SUMMARY")
        for alert in alerts {
            table.add(
                .init(status(alert), isActive(alert) ? .yellow : .green), .init(text(alert, "severity"), color(alert)), "\(kind(alert))",
                "\(output.dateAndClock(rfc3339: alert["updated_at"]?.stringValue))", "\(text(alert, "dedupKey"))",
                "\(text(alert, "summary"))")
        }
        return table
    }

    static func description(_ alert: JSONValue, why: JSONValue, _ output: Output) -> [String] {
        var lines = [output.style.paint(Table.printable(text(alert, "summary")), .bold)]
        func add(_ name: String, _ value: String?, _ color: Style.Color? = nil) {
            guard let value, !value.isEmpty else { return }
            let padding = String(repeating: " ", count: max(1, 14 - name.count))
            lines.append(name + ":" + padding + output.style.paint(Table.printable(value), color))
        }
        add("key", text(alert, "dedupKey"))
        add("manager", text(alert, "event_manager_id"))
        add("status", status(alert), isActive(alert) ? .yellow : .green)
        add("severity", text(alert, "severity"), color(alert))
        add("class", text(alert, "class"))
        add("source", text(alert, "source"))
        add("component", text(alert, "component"))
        add("type", kind(alert))
        add("parent", alert["parent_dedupKey"]?.stringValue)
        add("events", alert["event_count"]?.integerValue.map { "\($0)" })
        add("created", output.dateAndClock(rfc3339: alert["created_at"]?.stringValue))
        add("updated", output.dateAndClock(rfc3339: alert["updated_at"]?.stringValue))
        add("resolved", alert["resolved_at"]?.stringValue.map { output.dateAndClock(rfc3339: $0) })
        add("acknowledged", alert["acknowledged_at"]?.stringValue.map { output.dateAndClock(rfc3339: $0) })
        add("by", alert["acknowledged_by"]?.stringValue)
        add("why", why["explanation"]?.stringValue)
        for name in ["details", "links"] {
            if let value = alert[name], value != .null { add(name, String(decoding: value.bytes, as: UTF8.self)) }
        }
        return lines
    }

    /// `2026-01-31 09:53:31 opened (note)`.
    static func transition(_ transition: JSONValue, _ output: Output) -> String {
        var line = output.style.paint(output.dateAndClock(rfc3339: transition["at"]?.stringValue), .dim)
        line += " \(text(transition, "type"))"
        if let cause = transition["caused_by"]?.stringValue { line += " by \(Table.printable(cause))" }
        if let note = transition["note"]?.stringValue { line += ": \(Table.printable(note))" }
        return line
    }

    private static func text(_ value: JSONValue, _ name: String) -> String {
        value[name]?.stringValue ?? ""
    }

    private static func isActive(_ alert: JSONValue) -> Bool {
        alert["status"]?.stringValue == "active"
    }

    private static func status(_ alert: JSONValue) -> String {
        let isAcknowledged = alert["acknowledged_at"]?.stringValue != nil
        return text(alert, "status") + (isActive(alert) && isAcknowledged ? " (ack)" : "")
    }

    private static func kind(_ alert: JSONValue) -> String {
        guard let children = alert["child_count"]?.integerValue, children > 0 else { return text(alert, "type") }
        return "\(text(alert, "type")) of \(children) (\(alert["active_child_count"]?.integerValue ?? 0) active)"
    }

    private static func color(_ alert: JSONValue) -> Style.Color? {
        switch alert["severity"]?.stringValue {
        case "high": .red
        case "medium": .yellow
        default: nil
        }
    }
}
