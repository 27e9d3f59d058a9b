// Applies a grouping rule to an event.

import ArgusShared

/// A rule made ready for use on every event.
struct GroupingExtractor: Sendable {
    private let ruleID: String
    /// Nil stands for a key that no version of ours understands: its value is always missing.
    private let keys: [GroupingKey?]
    private let isList: Bool
    private let groupMissing: Bool
    private let window: Int64

    /// A value longer than this (in bytes) is cut and told apart by a hash.
    static let maximumValueLength = 512

    init(rule: GroupingRule) {
        ruleID = rule.id
        keys = rule.groupingKeys.map { GroupingKey($0) }
        isList = rule.isList
        groupMissing = rule.groupMissing
        window = Int64(rule.timeWindowMinutes) * 60_000
    }

    /// What the rule finds in `event`.
    ///
    /// One key's value is the text of the field; of several the value is a compact JSON array of the texts. A missing part (absent,
    /// `null` or empty) counts as empty if the rule groups such events, and otherwise leaves the event ungrouped.
    func grouping(of event: AlertEvent) -> Grouping {
        Grouping(ruleID: ruleID, value: value(of: event).map(Self.bounded), window: window)
    }

    private func value(of event: AlertEvent) -> String? {
        let missing = groupMissing ? "" : nil
        if !isList, keys.count == 1 { return keys[0].flatMap { Self.part($0, of: event) } ?? missing }
        var writer = JSONWriter(capacity: 64)
        writer.beginArray()
        for key in keys {
            guard let part = key.flatMap({ Self.part($0, of: event) }) ?? missing else { return nil }
            writer.string(part)
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func part(_ key: GroupingKey, of event: AlertEvent) -> String? {
        let text: String? =
            switch key {
            case .class: event.class
            case .severity: event.severity.rawValue
            case .source: event.source
            case .component: event.component
            case .summary: event.summary
            case .details(let path): event.details.flatMap { DetailsPath(names: path).text(in: $0) }
            }
        return text?.nilIfEmpty
    }

    private static func bounded(_ value: String) -> String {
        guard value.utf8.count > maximumValueLength else { return value }
        var hash = FNV1a64()
        hash.combine(value)
        return value.truncated(to: maximumValueLength / 4) + "…" + hash.hex
    }
}
