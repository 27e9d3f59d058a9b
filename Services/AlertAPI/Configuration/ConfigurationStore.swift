// Event managers, grouping rules and bridges: kept in `argus_config`, mirrored in memory.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle
import Synchronization

/// Something that is configured, with its revision.
struct Versioned<Value: Sendable>: Sendable {
    var value: Value
    var revision: UInt64

    var tag: EntityTag { EntityTag(revision: revision) }
}

extension Versioned: Equatable where Value: Equatable {}

/// Reads from memory, writes to the bus. After a write has returned, this instance reads what it wrote. Thread-safe.
final class ConfigurationStore: Service, CustomStringConvertible {
    struct State {
        var managers: [String: Versioned<EventManager>] = [:]
        var rules: [String: Versioned<GroupingRule>] = [:]
        var bridges: [String: Versioned<Bridge>] = [:]
        /// The newest revision of keys that were deleted here: a watch that lags must not bring them back.
        var deleted: [String: UInt64] = [:]
    }

    let bucket: KeyValueBucket
    private let logger: Logger
    let state = Mutex(State())
    private let loaded = Atomic<Bool>(false)

    init(bus: Bus, logger: Logger) {
        bucket = bus.keyValue(Buckets.configuration)
        self.logger = logger
    }

    /// What logs call it.
    var description: String { "configuration" }

    /// Whether everything that was there at the start has been read.
    var isLoaded: Bool { loaded.load(ordering: .acquiring) }

    // MARK: Reading

    /// All managers, by identifier.
    var managers: [Versioned<EventManager>] {
        state.withLock { $0.managers.values.sorted { $0.value.id < $1.value.id } }
    }

    /// All rules, by identifier.
    var rules: [Versioned<GroupingRule>] {
        state.withLock { $0.rules.values.sorted { $0.value.id < $1.value.id } }
    }

    /// A manager, as far as it is known here.
    func manager(_ id: String) -> Versioned<EventManager>? {
        state.withLock { $0.managers[id] }
    }

    /// A rule, as far as it is known here.
    func rule(_ id: String) -> Versioned<GroupingRule>? {
        state.withLock { $0.rules[id] }
    }

    /// A manager as the bus holds it now.
    func currentManager(_ id: String) async throws -> Versioned<EventManager>? {
        guard EventManager.isValidID(id), let entry = try await bucket.get(ConfigurationKeys.manager(id)) else { return nil }
        apply(entry)
        return Versioned(value: try EventManager(entry.value), revision: entry.revision)
    }

    /// A rule as the bus holds it now.
    func currentRule(_ id: String) async throws -> Versioned<GroupingRule>? {
        guard EventManager.isValidID(id), let entry = try await bucket.get(ConfigurationKeys.rule(id)) else { return nil }
        apply(entry)
        return Versioned(value: try GroupingRule(entry.value), revision: entry.revision)
    }

    /// The managers that use a rule, as the bus holds them now.
    func managersUsing(rule id: String) async throws -> [String] {
        let entries = try await bucket.entries(prefix: ConfigurationKeys.managerPrefix)
        return try entries.map { try EventManager($0.value) }.filter { $0.groupingRuleID == id }.map(\.id).sorted()
    }

    // MARK: Writing

    /// Stores a new manager. Throws `BusError` `.keyExists` if there is one of that identifier.
    func create(_ manager: EventManager) async throws -> Versioned<EventManager> {
        let (key, bytes) = Self.encode(manager)
        return stored(Versioned(value: manager, revision: try await bucket.create(key, bytes)))
    }

    /// Replaces a manager at a revision. Throws `BusError` `.keyExists` if it has another one now.
    func update(_ manager: EventManager, at revision: UInt64) async throws -> Versioned<EventManager> {
        let (key, bytes) = Self.encode(manager)
        return stored(Versioned(value: manager, revision: try await bucket.update(key, bytes, revision: revision)))
    }

    /// Deletes a manager at a revision.
    func delete(_ manager: Versioned<EventManager>) async throws {
        let key = ConfigurationKeys.manager(manager.value.id)
        try await bucket.delete(key, revision: manager.revision)
        state.withLock { state in
            state.deleted[key] = manager.revision
            if state.managers[manager.value.id]?.revision ?? 0 <= manager.revision { state.managers[manager.value.id] = nil }
        }
    }

    /// Stores a new rule. Throws `BusError` `.keyExists` if there is one of that identifier.
    func create(_ rule: GroupingRule) async throws -> Versioned<GroupingRule> {
        let (key, bytes) = Self.encode(rule)
        return stored(Versioned(value: rule, revision: try await bucket.create(key, bytes)))
    }

    /// Replaces a rule at a revision. Throws `BusError` `.keyExists` if it has another one now.
    func update(_ rule: GroupingRule, at revision: UInt64) async throws -> Versioned<GroupingRule> {
        let (key, bytes) = Self.encode(rule)
        return stored(Versioned(value: rule, revision: try await bucket.update(key, bytes, revision: revision)))
    }

    /// Deletes a rule at a revision.
    func delete(_ rule: Versioned<GroupingRule>) async throws {
        let key = ConfigurationKeys.rule(rule.value.id)
        try await bucket.delete(key, revision: rule.revision)
        state.withLock { state in
            state.deleted[key] = rule.revision
            if state.rules[rule.value.id]?.revision ?? 0 <= rule.revision { state.rules[rule.value.id] = nil }
        }
    }

    private func stored(_ manager: Versioned<EventManager>) -> Versioned<EventManager> {
        state.withLock { state in
            if state.managers[manager.value.id]?.revision ?? 0 < manager.revision { state.managers[manager.value.id] = manager }
        }
        return manager
    }

    private func stored(_ rule: Versioned<GroupingRule>) -> Versioned<GroupingRule> {
        state.withLock { state in
            if state.rules[rule.value.id]?.revision ?? 0 < rule.revision { state.rules[rule.value.id] = rule }
        }
        return rule
    }

    private static func encode(_ manager: EventManager) -> (key: String, bytes: [UInt8]) {
        var writer = JSONWriter()
        manager.write(to: &writer)
        return (ConfigurationKeys.manager(manager.id), writer.bytes)
    }

    private static func encode(_ rule: GroupingRule) -> (key: String, bytes: [UInt8]) {
        var writer = JSONWriter()
        rule.write(to: &writer)
        return (ConfigurationKeys.rule(rule.id), writer.bytes)
    }

    // MARK: The watch

    /// Follows the bucket until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown { await self.follow() }
    }

    /// Waits until everything that was there at the start has been read.
    func waitUntilLoaded() async throws {
        while !isLoaded { try await Task.sleep(for: .milliseconds(10)) }
    }

    private func follow() async {
        while !Task.isCancelled {
            do {
                for try await update in bucket.watch() {
                    switch update {
                    case .entry(let entry): apply(entry)
                    case .initialValuesDone: loaded.store(true, ordering: .releasing)
                    }
                }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("watching the configuration failed, trying again", metadata: [LogKey.error: "\(error)"])
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    func apply(_ entry: KeyValueBucket.Entry) {
        do {
            if entry.key.hasPrefix(ConfigurationKeys.managerPrefix) {
                let id = String(entry.key.dropFirst(ConfigurationKeys.managerPrefix.count))
                let manager = entry.operation == .put ? try EventManager(entry.value) : nil
                state.withLock { $0.apply(manager, id: id, key: entry.key, revision: entry.revision, in: \.managers) }
            } else if entry.key.hasPrefix(ConfigurationKeys.rulePrefix) {
                let id = String(entry.key.dropFirst(ConfigurationKeys.rulePrefix.count))
                let rule = entry.operation == .put ? try GroupingRule(entry.value) : nil
                state.withLock { $0.apply(rule, id: id, key: entry.key, revision: entry.revision, in: \.rules) }
            } else if entry.key.hasPrefix(ConfigurationKeys.bridgePrefix) {
                let id = String(entry.key.dropFirst(ConfigurationKeys.bridgePrefix.count))
                let bridge = entry.operation == .put ? try Bridge(entry.value) : nil
                state.withLock { $0.apply(bridge, id: id, key: entry.key, revision: entry.revision, in: \.bridges) }
            }
        } catch {
            logger.error(
                "an entry of the configuration cannot be read; what it held before stays in force",
                metadata: ["key": "\(entry.key)", LogKey.error: "\(error)"])
        }
    }
}

extension ConfigurationStore.State {
    fileprivate mutating func apply<Value>(
        _ value: Value?, id: String, key: String, revision: UInt64, in table: WritableKeyPath<Self, [String: Versioned<Value>]>
    ) {
        guard revision > self[keyPath: table][id]?.revision ?? 0, revision > deleted[key] ?? 0 else { return }
        deleted[key] = nil
        self[keyPath: table][id] = value.map { Versioned(value: $0, revision: revision) }
    }
}
