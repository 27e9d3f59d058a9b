// The managers and rules of `argus_config`, indexed as the doors ask for them.

import ArgusShared

/// What the configuration holds after every change up to `revision`.
struct ConfigurationState {
    private struct Manager {
        var routingKey: String
        var ruleID: String?
        var partition: Int
    }

    private let partitions: Int
    /// The revision of the last change that was applied.
    private(set) var revision: UInt64 = 0
    private var managers: [String: Manager] = [:]
    private var managerByRoutingKey: [String: String] = [:]
    private var rules: [String: GroupingExtractor] = [:]
    private var bridges: [String: Bridge] = [:]
    /// The enabled bridges of each source, by identifier.
    private(set) var bridgesBySource: [Bridge.Source: [Bridge]] = [:]

    /// An empty configuration of a bus with that many partitions.
    init(partitions: Int) {
        self.partitions = partitions
    }

    /// How many managers there are.
    var managerCount: Int { managers.count }
    /// How many rules there are.
    var ruleCount: Int { rules.count }

    /// The target of a manager's events.
    func target(managerID: String) -> EventTarget? {
        guard let manager = managers[managerID] else { return nil }
        return EventTarget(managerID: managerID, partition: manager.partition, grouping: manager.ruleID.flatMap { rules[$0] })
    }

    /// The target of events that name a routing key.
    func target(routingKey: String) -> EventTarget? {
        managerByRoutingKey[routingKey].flatMap { target(managerID: $0) }
    }

    /// Applies a change; a nil value is a deletion. Keys of other parts of the configuration only move the revision.
    ///
    /// - Throws: `JSONError` for a value that cannot be read; what the key held before stays in force.
    mutating func apply(key: String, value: [UInt8]?, revision: UInt64) throws {
        self.revision = max(self.revision, revision)
        if key.hasPrefix(ConfigurationKeys.managerPrefix) {
            try applyManager(String(key.dropFirst(ConfigurationKeys.managerPrefix.count)), value)
        } else if key.hasPrefix(ConfigurationKeys.rulePrefix) {
            rules[String(key.dropFirst(ConfigurationKeys.rulePrefix.count))] = try value.map {
                GroupingExtractor(rule: try GroupingRule($0))
            }
        } else if key.hasPrefix(ConfigurationKeys.bridgePrefix) {
            bridges[String(key.dropFirst(ConfigurationKeys.bridgePrefix.count))] = try value.map { try Bridge($0) }
            let enabled = bridges.values.filter(\.isEnabled).sorted { $0.id < $1.id }
            bridgesBySource = Dictionary(grouping: enabled, by: \.source)
        }
    }

    /// Counts changes up to `revision` as seen: there is nothing to learn from them.
    mutating func passOver(to revision: UInt64) {
        self.revision = max(self.revision, revision)
    }

    private mutating func applyManager(_ id: String, _ value: [UInt8]?) throws {
        let manager = try value.map { try EventManager($0) }
        if let old = managers[id], managerByRoutingKey[old.routingKey] == id { managerByRoutingKey[old.routingKey] = nil }
        managers[id] = manager.map {
            Manager(
                routingKey: $0.routingKey, ruleID: $0.groupingRuleID,
                partition: Partitioning.partition(ofManager: id, count: partitions))
        }
        if let key = manager?.routingKey, !key.isEmpty { managerByRoutingKey[key] = id }
    }
}
