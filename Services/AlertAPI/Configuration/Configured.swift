// What event managers, grouping rules and bridges have in common.

import ArgusShared

/// A kind of thing that is configured: kept under its identifier in `argus_config`, read and changed over HTTP.
protocol Configured: Sendable {
    /// What messages call one of them.
    static var kind: String { get }
    /// Where the API has them.
    static var path: String { get }
    /// The member of answers that lists them.
    static var listName: String { get }
    /// What their keys in the bucket begin with.
    static var keyPrefix: String { get }
    /// Where the store mirrors them, by identifier.
    static var table: WritableKeyPath<ConfigurationStore.State, [String: Versioned<Self>]> { get }

    var id: String { get }
    var updatedAt: Timestamp { get }

    /// Reads what `write(to:)` wrote.
    init(_ bytes: [UInt8]) throws
    /// Appends it, as stored and as the API shows it.
    func write(to writer: inout JSONWriter)
}

extension Configured {
    /// The key of an identifier.
    static func key(_ id: String) -> String {
        keyPrefix + id
    }

    /// As stored.
    var bytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// When it changes if it changes now: never before its last change, though clocks differ.
    var nextUpdate: Timestamp {
        max(.now(), updatedAt)
    }
}

extension EventManager: Configured {
    static let kind = "event manager"
    static let path = "/v1/event-managers"
    static let listName = "event_managers"
    static let keyPrefix = ConfigurationKeys.managerPrefix
    static var table: WritableKeyPath<ConfigurationStore.State, [String: Versioned<EventManager>]> { \.managers }
}

extension GroupingRule: Configured {
    static let kind = "grouping rule"
    static let path = "/v1/grouping-rules"
    static let listName = "grouping_rules"
    static let keyPrefix = ConfigurationKeys.rulePrefix
    static var table: WritableKeyPath<ConfigurationStore.State, [String: Versioned<GroupingRule>]> { \.rules }
}

extension Bridge: Configured {
    static let kind = "bridge"
    static let path = "/v1/bridges"
    static let listName = "bridges"
    static let keyPrefix = ConfigurationKeys.bridgePrefix
    static var table: WritableKeyPath<ConfigurationStore.State, [String: Versioned<Bridge>]> { \.bridges }
}

/// Something that is configured, with its revision.
struct Versioned<Value: Sendable>: Sendable {
    var value: Value
    var revision: UInt64

    var tag: EntityTag { EntityTag(revision: revision) }
}

extension Versioned: Equatable where Value: Equatable {}
