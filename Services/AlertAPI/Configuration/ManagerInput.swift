// What a client says an event manager should be.

import ArgusService
import ArgusShared

/// The checked body of a manager that is created or replaced.
struct ManagerInput: Equatable, Sendable {
    /// Only on creation.
    var id: String?
    var name: String
    var description: String?
    var groupingRuleID: String?
    var notification: NotificationConfiguration

    /// Reads and checks a body.
    ///
    /// - Parameters:
    ///   - existing: The manager that is replaced; nil on creation.
    ///   - ruleExists: Whether there is a rule of an identifier.
    init(_ body: [UInt8], replacing existing: EventManager?, webhooks: WebhookPolicy, ruleExists: (String) -> Bool) throws {
        var fields = try BodyFields(parsing: body)
        id = fields.identifier(replacing: existing?.id)
        name = fields.string("name", required: true, maximum: 255) ?? ""
        description = fields.string("description", maximum: 4096)
        groupingRuleID = fields.string("grouping_rule_id", maximum: 64)
        if let groupingRuleID, !ruleExists(groupingRuleID) {
            fields.refuse("grouping_rule_id", "unknown_rule", "names no grouping rule: \"\(groupingRuleID)\" does not exist")
        }
        var notification = NotificationConfiguration()
        fields.object("notification_config") { fields in
            notification.webhookURL = fields.string("webhook_url", maximum: 2048)
            if let url = notification.webhookURL, let reason = webhooks.refusal(of: url) {
                fields.refuse("webhook_url", "invalid_webhook_url", reason)
            }
            guard let format = fields.string("format", maximum: 64) else { return }
            guard let known = NotificationConfiguration.Format(rawValue: format) else {
                let names = NotificationConfiguration.Format.allCases.map(\.rawValue).joined(separator: " or ")
                return fields.refuse("format", "invalid_field", "must be \(names)")
            }
            notification.format = known
        }
        self.notification = notification
        if let key = fields.string("routing_key", maximum: 128), let existing, key != existing.routingKey, key != EventManager.hiddenKey {
            fields.refuse("routing_key", "immutable_field", "cannot be changed here: POST to rotate-key for a new one")
        } else if existing == nil, fields.value("routing_key", required: false) != nil {
            fields.refuse("routing_key", "immutable_field", "cannot be chosen: it is generated")
        }
        fields.ignore("created_at", "updated_at")
        try fields.finish()
    }

    /// The manager that it makes of `existing`, or a new one, at a time.
    func manager(replacing existing: EventManager?, at now: Timestamp) -> EventManager {
        EventManager(
            id: existing?.id ?? id ?? Identifier.make(at: now), name: name, description: description, groupingRuleID: groupingRuleID,
            notification: notification, routingKey: existing?.routingKey ?? RoutingKey.make(), createdAt: existing?.createdAt ?? now,
            updatedAt: now)
    }
}

extension BodyFields {
    /// An identifier: the client's own choice on creation, unchangeable later.
    mutating func identifier(replacing existing: String?) -> String? {
        guard let id = string("id", maximum: 64) else { return nil }
        if let existing, id != existing {
            refuse("id", "immutable_field", "cannot be changed")
        } else if !EventManager.isValidID(id) {
            refuse("id", "invalid_field", "must be 1 to 64 of the characters A-Z a-z 0-9 _ -")
        }
        return id
    }
}
