// What a client says a grouping rule should be.

import ArgusService
import ArgusShared

/// The checked body of a rule that is created or replaced.
struct RuleInput: Equatable, Sendable {
    private static let maximumKeyLength = 255
    private static let maximumKeys = 8

    /// Only on creation.
    var id: String?
    var name: String
    var groupingKeys: [String]
    var isList: Bool
    var timeWindowMinutes: Int
    var groupMissing: Bool

    /// Reads and checks a body; `existing` is the rule that is replaced, nil on creation.
    init(_ body: [UInt8], replacing existing: GroupingRule?) throws {
        var fields = try BodyFields(parsing: body)
        id = fields.identifier(replacing: existing?.id)
        name = fields.string("name", required: true, maximum: 255) ?? ""
        (groupingKeys, isList) = Self.readKeys(&fields)
        timeWindowMinutes = fields.integer("time_window_minutes", required: true, in: 1...10_080) ?? 1
        groupMissing = fields.bool("group_missing") ?? false
        fields.ignore("created_at", "updated_at")
        try fields.finish()
    }

    /// The rule that it makes of `existing`, or a new one, at a time.
    func rule(replacing existing: GroupingRule?, at now: Timestamp) -> GroupingRule {
        GroupingRule(
            id: existing?.id ?? id ?? Identifier.make(at: now), name: name, groupingKeys: groupingKeys, isList: isList,
            timeWindowMinutes: timeWindowMinutes, groupMissing: groupMissing, createdAt: existing?.createdAt ?? now, updatedAt: now)
    }

    private static func readKeys(_ fields: inout BodyFields) -> (keys: [String], isList: Bool) {
        guard let value = fields.value("grouping_key", required: true) else { return ([], false) }
        switch value {
        case .string(let key):
            if let reason = refusal(of: key) { fields.refuse("grouping_key", "invalid_field", reason) }
            return ([key], false)
        case .array(let elements):
            let keys = elements.compactMap(\.stringValue)
            if keys.count != elements.count || keys.isEmpty || keys.count > maximumKeys {
                fields.refuse("grouping_key", "invalid_field", "must be a string or a list of 1 to \(maximumKeys) strings")
            } else if let reason = keys.lazy.compactMap(refusal(of:)).first {
                fields.refuse("grouping_key", "invalid_field", reason)
            } else if Set(keys).count != keys.count {
                fields.refuse("grouping_key", "invalid_field", "must not name a field twice")
            }
            return (keys, true)
        default:
            fields.refuse("grouping_key", "invalid_field", "must be a string or a list of strings")
            return ([], false)
        }
    }

    private static func refusal(of key: String) -> String? {
        guard key.utf8.count <= maximumKeyLength, GroupingKey(key) != nil else {
            return "must be one of class, severity, source, component, summary or details.<path>; \"\(key.prefix(64))\" is not"
        }
        return nil
    }
}
