// Bridges in the store of the configuration.

import ArgusBus
import ArgusShared
import Synchronization

extension ConfigurationStore {
    /// All bridges, by identifier.
    var bridges: [Versioned<Bridge>] {
        state.withLock { $0.bridges.values.sorted { $0.value.id < $1.value.id } }
    }

    /// A bridge, as far as it is known here.
    func bridge(_ id: String) -> Versioned<Bridge>? {
        state.withLock { $0.bridges[id] }
    }

    /// A bridge as the bus holds it now.
    func currentBridge(_ id: String) async throws -> Versioned<Bridge>? {
        guard EventManager.isValidID(id), let entry = try await bucket.get(ConfigurationKeys.bridge(id)) else { return nil }
        apply(entry)
        return Versioned(value: try Bridge(entry.value), revision: entry.revision)
    }

    /// The bridges that make alerts of a manager, as the bus holds them now.
    func bridgesUsing(manager id: String) async throws -> [String] {
        let entries = try await bucket.entries(prefix: ConfigurationKeys.bridgePrefix)
        return try entries.map { try Bridge($0.value) }.filter { $0.managerID == id }.map(\.id).sorted()
    }

    /// Stores a new bridge. Throws `BusError` `.keyExists` if there is one of that identifier.
    func create(_ bridge: Bridge) async throws -> Versioned<Bridge> {
        stored(Versioned(value: bridge, revision: try await bucket.create(ConfigurationKeys.bridge(bridge.id), Self.encode(bridge))))
    }

    /// Replaces a bridge at a revision. Throws `BusError` `.keyExists` if it has another one now.
    func update(_ bridge: Bridge, at revision: UInt64) async throws -> Versioned<Bridge> {
        let key = ConfigurationKeys.bridge(bridge.id)
        return stored(Versioned(value: bridge, revision: try await bucket.update(key, Self.encode(bridge), revision: revision)))
    }

    /// Deletes a bridge at a revision.
    func delete(_ bridge: Versioned<Bridge>) async throws {
        let id = bridge.value.id
        let key = ConfigurationKeys.bridge(id)
        try await bucket.delete(key, revision: bridge.revision)
        state.withLock { state in
            state.deleted[key] = bridge.revision
            if state.bridges[id]?.revision ?? 0 <= bridge.revision { state.bridges[id] = nil }
        }
    }

    private func stored(_ bridge: Versioned<Bridge>) -> Versioned<Bridge> {
        state.withLock { state in
            if state.bridges[bridge.value.id]?.revision ?? 0 < bridge.revision { state.bridges[bridge.value.id] = bridge }
        }
        return bridge
    }

    private static func encode(_ bridge: Bridge) -> [UInt8] {
        var writer = JSONWriter()
        bridge.write(to: &writer)
        return writer.bytes
    }
}
