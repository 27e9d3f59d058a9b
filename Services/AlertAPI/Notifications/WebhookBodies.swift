// The bodies that webhooks get, and their signature.

import ArgusShared
import Crypto

/// Builds what is POSTed about a notification.
struct WebhookBodies: Sendable {
    /// Where people reach the suite.
    let externalURL: String

    /// The body in the format that the manager wants.
    func body(of notification: AlertNotification, for manager: EventManager) -> [UInt8] {
        switch manager.notification.format {
        case .argus: Self.argus(notification)
        case .alertmanager: alertmanager(notification, manager)
        }
    }

    /// `sha256=` and the HMAC-SHA256 of a body, keyed with the manager's routing key, in hexadecimal.
    static func signature(of body: [UInt8], key: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(key.utf8)))
        return "sha256=" + hexadecimal(code)
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    private static func argus(_ notification: AlertNotification) -> [UInt8] {
        let alert = notification.alert
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.string("alert_id", alert.id)
        writer.string("dedupKey", alert.dedupKey)
        writer.string("event_manager_id", alert.managerID)
        writer.string("summary", alert.summary)
        writer.string("severity", alert.severity.rawValue)
        writer.string("status", alert.status.rawValue)
        writer.string("type", alert.kind.rawValue)
        writer.integer("child_count", alert.childCount)
        writer.timestamp("timestamp", notification.at)
        writer.endObject()
        return writer.bytes
    }

    // MARK: Alertmanager

    private func alertmanager(_ notification: AlertNotification, _ manager: EventManager) -> [UInt8] {
        let alert = notification.alert
        let labels = Self.labels(alert)
        let annotations = Self.annotations(alert)
        let groupLabels = labels.filter { ["event_manager_id", "grouping_value"].contains($0.name) }
        var writer = JSONWriter(capacity: 2048)
        writer.beginObject()
        writer.string("version", "4")
        writer.string("groupKey", "{}:{event_manager_id=\"\(alert.managerID)\", parent=\"\(alert.id)\"}")
        writer.integer("truncatedAlerts", 0)
        writer.string("status", notification.kind.rawValue)
        writer.string("receiver", manager.name)
        writer.members("groupLabels", groupLabels)
        writer.members("commonLabels", labels)
        writer.members("commonAnnotations", annotations)
        writer.string("externalURL", externalURL)
        writer.key("alerts")
        writer.beginArray()
        writer.beginObject()
        writer.string("status", notification.kind.rawValue)
        writer.members("labels", labels)
        writer.members("annotations", annotations)
        writer.timestamp("startsAt", alert.createdAt)
        writer.key("endsAt")
        if let resolvedAt = alert.resolvedAt { writer.timestamp(resolvedAt) } else { writer.string(Self.noEnd) }
        writer.string("generatorURL", link(to: alert))
        writer.string("fingerprint", Self.hexadecimal(SHA256.hash(data: Array(alert.id.utf8)).prefix(8)))
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// The zero time of Go, which stands for "not yet".
    private static let noEnd = "0001-01-01T00:00:00Z"

    private static func labels(_ alert: Alert) -> [(name: String, value: String)] {
        let all: [(name: String, value: String?)] = [
            ("alertname", alert.class ?? alert.dedupKey), ("class", alert.class), ("component", alert.component),
            ("dedup_key", alert.dedupKey), ("event_manager_id", alert.managerID), ("grouping_value", alert.groupingValue),
            ("severity", alert.severity.rawValue), ("source", alert.source), ("type", alert.kind.rawValue),
        ]
        return all.compactMap { label in label.value.map { (label.name, $0) } }
    }

    private static func annotations(_ alert: Alert) -> [(name: String, value: String)] {
        [("child_count", "\(alert.childCount)"), ("summary", alert.summary)]
    }

    private func link(to alert: Alert) -> String {
        let base = externalURL.hasSuffix("/") ? String(externalURL.dropLast()) : externalURL
        return "\(base)\(AlertRoutes.path)/\(Self.percentEncoded(alert.dedupKey))?event_manager_id=\(alert.managerID)"
    }

    /// Encodes everything but RFC 3986's unreserved characters.
    static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.append(byte)
            default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

extension JSONWriter {
    fileprivate mutating func members(_ name: StaticString, _ members: [(name: String, value: String)]) {
        key(name)
        beginObject()
        for member in members {
            key(member.name)
            string(member.value)
        }
        endObject()
    }
}
