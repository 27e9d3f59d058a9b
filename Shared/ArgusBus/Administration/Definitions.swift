// Definitions as the fields of JetStream's configuration objects.

import ArgusShared

/// One field that we define.
struct DefinedField: Sendable {
    let name: String
    let value: JSONValue
    /// Whether the server lets it be changed.
    var isMutable = true
    /// What the server omits, or says otherwise, when it means our value.
    var equivalents: [JSONValue?] = []
    /// Whether it matters only to what is created: what exists may have another value.
    var isInitial = false

    func matches(_ held: JSONValue?) -> Bool {
        if isInitial || held == value || equivalents.contains(held) { return true }
        guard case .array(let ours) = value, case .array(let theirs)? = held else { return false }
        return Set(ours.compactMap(\.stringValue)) == Set(theirs.compactMap(\.stringValue))
    }
}

extension StreamDefinition {
    var fields: [DefinedField] {
        let age = maximumAge?.nanoseconds ?? 0
        let window = age > 0 ? min(duplicateWindow.nanoseconds, age) : duplicateWindow.nanoseconds
        return [
            DefinedField(name: "subjects", value: .array(subjects.map { .string($0) })),
            DefinedField(name: "retention", value: .string(retention.rawValue), isMutable: false),
            DefinedField(name: "storage", value: .string(storage.rawValue), isMutable: false),
            DefinedField(name: "discard", value: .string(discard.rawValue)),
            DefinedField(name: "max_age", value: .integer(age), equivalents: age == 0 ? [nil] : []),
            .limit("max_bytes", maximumBytes),
            .limit("max_msgs", maximumMessages),
            .limit("max_msgs_per_subject", maximumMessagesPerSubject),
            DefinedField(name: "duplicate_window", value: .integer(window)),
            DefinedField(name: "allow_direct", value: .bool(true)),
        ]
    }
}

extension BucketDefinition {
    /// The name of the stream behind the bucket (NATS ADR-8).
    var streamName: String { "KV_" + name }

    var fields: [DefinedField] {
        let age = timeToLive?.nanoseconds ?? 0
        let window = Duration.seconds(120).nanoseconds
        return [
            DefinedField(name: "subjects", value: .array([.string("$KV.\(name).>")])),
            DefinedField(name: "retention", value: .string("limits"), isMutable: false),
            DefinedField(name: "storage", value: .string(storage.rawValue), isMutable: false),
            DefinedField(name: "discard", value: .string("new")),
            DefinedField(name: "max_age", value: .integer(age), equivalents: age == 0 ? [nil] : []),
            .limit("max_msgs_per_subject", Int64(min(max(history, 1), 64))),
            DefinedField(name: "duplicate_window", value: .integer(age > 0 ? min(window, age) : window)),
            DefinedField(name: "allow_direct", value: .bool(true)),
            DefinedField(name: "allow_rollup_hdrs", value: .bool(true)),
            DefinedField(name: "deny_delete", value: .bool(true), isMutable: false),
        ]
    }
}

extension ConsumerDefinition {
    var fields: [DefinedField] {
        start + [
            DefinedField(name: "durable_name", value: .string(name), isMutable: false),
            DefinedField(name: "ack_policy", value: .string("explicit"), isMutable: false),
            DefinedField(name: "replay_policy", value: .string("instant"), isMutable: false),
            DefinedField(name: "filter_subject", value: .string(filterSubject ?? ""), equivalents: filterSubject == nil ? [nil] : []),
            DefinedField(name: "ack_wait", value: .integer(acknowledgeWait.nanoseconds)),
            .limit("max_deliver", maximumDeliveries.map(Int64.init)),
            .limit("max_ack_pending", maximumUnacknowledged.map(Int64.init)),
        ]
    }

    private var start: [DefinedField] {
        guard let startTime else { return [DefinedField(name: "deliver_policy", value: .string("all"), isMutable: false)] }
        return [
            DefinedField(name: "deliver_policy", value: .string("by_start_time"), isInitial: true),
            DefinedField(name: "opt_start_time", value: .string(startTime.rfc3339), isInitial: true),
        ]
    }
}

extension DefinedField {
    fileprivate static func limit(_ name: String, _ value: Int64?) -> DefinedField {
        DefinedField(name: name, value: .integer(value ?? -1), equivalents: value == nil ? [nil, .integer(0)] : [])
    }
}
