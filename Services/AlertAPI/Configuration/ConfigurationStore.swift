// Event managers, grouping rules and bridges: kept in `argus_config`, mirrored in memory.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle
import Synchronization

/// Reads from memory, writes to the bus. After a write has returned, this instance reads what it wrote. Thread-safe.
final class ConfigurationStore: Service, CustomStringConvertible {
    struct State {
        var managers: [String: Versioned<EventManager>] = [:]
        var rules: [String: Versioned<GroupingRule>] = [:]
        var bridges: [String: Versioned<Bridge>] = [:]
        /// The newest revision of keys that were deleted here: a watch that lags must not bring them back.
        var deleted: [String: UInt64] = [:]
    }

    private static let kinds: [any Configured.Type] = [EventManager.self, GroupingRule.self, Bridge.self]

    private let bucket: KeyValueBucket
    private let logger: Logger
    private let state = Mutex(State())
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

    /// All of a kind, by identifier.
    func all<Value: Configured>(_ kind: Value.Type) -> [Versioned<Value>] {
        state.withLock { $0[keyPath: Value.table].values.sorted { $0.value.id < $1.value.id } }
    }

    /// One of a kind, as far as it is known here.
    func known<Value: Configured>(_ kind: Value.Type, _ id: String) -> Versioned<Value>? {
        state.withLock { $0[keyPath: Value.table][id] }
    }

    /// One of a kind as the bus holds it now.
    func current<Value: Configured>(_ kind: Value.Type, _ id: String) async throws -> Versioned<Value>? {
        guard EventManager.isValidID(id), let entry = try await bucket.get(Value.key(id)) else { return nil }
        return stored(try Value(entry.value), revision: entry.revision)
    }

    /// The identifiers of those of a kind that `isIncluded` is true of, as the bus holds them now.
    func currentIDs<Value: Configured>(of kind: Value.Type, where isIncluded: (Value) -> Bool) async throws -> [String] {
        try await bucket.entries(prefix: Value.keyPrefix).map { try Value($0.value) }.filter(isIncluded).map(\.id).sorted()
    }

    // MARK: Writing

    /// Stores something new. Throws `BusError` `.keyExists` if there is one of that identifier.
    func create<Value: Configured>(_ value: Value) async throws -> Versioned<Value> {
        stored(value, revision: try await bucket.create(Value.key(value.id), value.bytes))
    }

    /// Replaces something at a revision. Throws `BusError` `.keyExists` if it has another one now.
    func update<Value: Configured>(_ value: Value, at revision: UInt64) async throws -> Versioned<Value> {
        stored(value, revision: try await bucket.update(Value.key(value.id), value.bytes, revision: revision))
    }

    /// Deletes something at a revision. Throws `BusError` `.keyExists` if it has another one now.
    func delete<Value: Configured>(_ current: Versioned<Value>) async throws {
        let id = current.value.id
        try await bucket.delete(Value.key(id), revision: current.revision)
        state.withLock { state in
            state.deleted[Value.key(id)] = current.revision
            if state[keyPath: Value.table][id]?.revision ?? 0 <= current.revision { state[keyPath: Value.table][id] = nil }
        }
    }

    private func stored<Value: Configured>(_ value: Value, revision: UInt64) -> Versioned<Value> {
        state.withLock { $0.apply(value, id: value.id, revision: revision) }
        return Versioned(value: value, revision: revision)
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

    private func apply(_ entry: KeyValueBucket.Entry) {
        guard let kind = Self.kinds.first(where: { entry.key.hasPrefix($0.keyPrefix) }) else { return }
        do {
            try apply(entry, of: kind)
        } catch {
            logger.error(
                "an entry of the configuration cannot be read; what it held before stays in force",
                metadata: ["key": "\(entry.key)", LogKey.error: "\(error)"])
        }
    }

    private func apply<Value: Configured>(_ entry: KeyValueBucket.Entry, of kind: Value.Type) throws {
        let value = entry.operation == .put ? try Value(entry.value) : nil
        state.withLock { $0.apply(value, id: String(entry.key.dropFirst(Value.keyPrefix.count)), revision: entry.revision) }
    }
}

extension ConfigurationStore.State {
    /// Takes what is newer than what is known; nil is a deletion.
    fileprivate mutating func apply<Value: Configured>(_ value: Value?, id: String, revision: UInt64) {
        let key = Value.key(id)
        guard revision > self[keyPath: Value.table][id]?.revision ?? 0, revision > deleted[key] ?? 0 else { return }
        deleted[key] = nil
        self[keyPath: Value.table][id] = value.map { Versioned(value: $0, revision: revision) }
    }
}
