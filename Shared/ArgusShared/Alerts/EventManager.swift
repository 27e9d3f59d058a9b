// Configuration of the alert path: event managers and grouping rules, as stored in `argus_config`.

/// Where and how a manager's notifications go.
public struct NotificationConfiguration: Sendable, Equatable {
    /// The body that is sent.
    public enum Format: String, Sendable, CaseIterable {
        /// Argus's own.
        case argus
        /// Alertmanager's webhook, version 4.
        case alertmanager
    }

    /// An http or https URL; nil sends nothing.
    public var webhookURL: String?
    public var format: Format

    /// Settings for `webhookURL`.
    public init(webhookURL: String? = nil, format: Format = .argus) {
        self.webhookURL = webhookURL
        self.format = format
    }
}

/// Who receives a set of alerts: events name it, rules and notifications belong to it.
public struct EventManager: Sendable, Equatable {
    public var id: String
    public var name: String
    public var description: String?
    public var groupingRuleID: String?
    public var notification: NotificationConfiguration
    /// The secret by which PagerDuty clients name the manager, and that signs its notifications.
    public var routingKey: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    /// A manager.
    public init(
        id: String, name: String, description: String? = nil, groupingRuleID: String? = nil,
        notification: NotificationConfiguration = NotificationConfiguration(), routingKey: String, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.groupingRuleID = groupingRuleID
        self.notification = notification
        self.routingKey = routingKey
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Whether `id` can be a manager's or a rule's: 1 to 64 of `A-Z a-z 0-9 _ -`, so that it fits into subjects and keys.
    public static func isValidID(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// By what, and for how long, alerts are grouped.
public struct GroupingRule: Sendable, Equatable {
    public var id: String
    public var name: String
    /// One or more of `class`, `severity`, `source`, `component`, `summary` or `details.<path>`.
    public var groupingKeys: [String]
    /// Whether the API shows `grouping_key` as a list, as it was written, even if there is only one.
    public var isList: Bool
    /// 1 to 10,080 (a week).
    public var timeWindowMinutes: Int
    /// Whether events without the field are grouped under the empty value.
    public var groupMissing: Bool
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    /// A rule.
    public init(
        id: String, name: String, groupingKeys: [String], isList: Bool = false, timeWindowMinutes: Int, groupMissing: Bool = false,
        createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.groupingKeys = groupingKeys
        self.isList = isList
        self.timeWindowMinutes = timeWindowMinutes
        self.groupMissing = groupMissing
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

// MARK: - JSON

extension EventManager {
    /// Appends the manager, as stored and as the API shows it.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.string("id", id)
        writer.string("name", name)
        writer.string("description", description)
        writer.string("grouping_rule_id", groupingRuleID)
        writer.key("notification_config")
        writer.beginObject()
        writer.string("webhook_url", notification.webhookURL)
        writer.string("format", notification.format.rawValue)
        writer.endObject()
        writer.string("routing_key", routingKey)
        writer.timestamp("created_at", createdAt)
        writer.timestamp("updated_at", updatedAt)
        writer.endObject()
    }

    /// Reads what `write(to:)` wrote.
    public init(_ bytes: [UInt8]) throws {
        let zero = Timestamp(milliseconds: 0)
        self.init(id: "", name: "", routingKey: "", createdAt: zero, updatedAt: zero)
        try JSONReader.read(bytes) { reader in
            try reader.readObject { reader, key in
                switch key {
                case "id": id = try reader.readString()
                case "name": name = try reader.readString()
                case "description": description = try reader.readOptionalString()
                case "grouping_rule_id": groupingRuleID = try reader.readOptionalString()
                case "notification_config": notification = try NotificationConfiguration(from: &reader)
                case "routing_key": routingKey = try reader.readString()
                case "created_at": createdAt = try reader.readRFC3339()
                case "updated_at": updatedAt = try reader.readRFC3339()
                default: try reader.skipValue()
                }
            }
        }
    }
}

extension NotificationConfiguration {
    init(from reader: inout JSONReader) throws {
        self.init()
        try reader.readObject { reader, key in
            switch key {
            case "webhook_url": webhookURL = try reader.readOptionalString()
            case "format": format = try reader.readCase()
            default: try reader.skipValue()
            }
        }
    }
}

extension GroupingRule {
    /// Appends the rule, as stored and as the API shows it.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.string("id", id)
        writer.string("name", name)
        writer.key("grouping_key")
        if isList {
            writer.beginArray()
            for key in groupingKeys { writer.string(key) }
            writer.endArray()
        } else {
            writer.string(groupingKeys.first)
        }
        writer.integer("time_window_minutes", timeWindowMinutes)
        writer.bool("group_missing", groupMissing)
        writer.timestamp("created_at", createdAt)
        writer.timestamp("updated_at", updatedAt)
        writer.endObject()
    }

    /// Reads what `write(to:)` wrote.
    public init(_ bytes: [UInt8]) throws {
        let zero = Timestamp(milliseconds: 0)
        self.init(id: "", name: "", groupingKeys: [], timeWindowMinutes: 1, createdAt: zero, updatedAt: zero)
        try JSONReader.read(bytes) { reader in
            try reader.readObject { reader, key in
                switch key {
                case "id": id = try reader.readString()
                case "name": name = try reader.readString()
                case "grouping_key":
                    isList = try reader.peek() == .array
                    if isList {
                        try reader.readArray { reader, _ in groupingKeys.append(try reader.readString()) }
                    } else {
                        groupingKeys = [try reader.readString()]
                    }
                case "time_window_minutes": timeWindowMinutes = Int(try reader.readInteger())
                case "group_missing": groupMissing = try reader.readBool()
                case "created_at": createdAt = try reader.readRFC3339()
                case "updated_at": updatedAt = try reader.readRFC3339()
                default: try reader.skipValue()
                }
            }
        }
    }
}

extension JSONReader {
    mutating func readRFC3339() throws -> Timestamp {
        let start = self
        guard let time = Timestamp(rfc3339: try readString()) else { throw start.error(.wrongType(expected: "an RFC 3339 time")) }
        return time
    }
}
