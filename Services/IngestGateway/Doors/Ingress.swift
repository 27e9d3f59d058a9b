// What all doors share once they have understood a request: target, grouping, encoding, and the way to the bus.

import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird

/// Takes validated events to the bus.
struct Ingress: Sendable {
    let configuration: ConfigurationStore
    let commit: GroupCommit
    let metrics: IngestMetrics

    /// Takes one event and returns when it is safe on the bus.
    ///
    /// - Throws: `APIError` 503.
    func take(_ event: consuming AlertEvent, for target: EventTarget, door: Door, traceparent: String?) async throws {
        target.group(&event)
        do {
            try await commit.commit(event.encodedLine, partition: target.partition, traceparent: traceparent)
        } catch {
            throw APIError(error)
        }
        metrics.accepted(event.action, door: door)
    }

    /// The target of a manager.
    ///
    /// - Throws: `APIError` 403, 404 or 503.
    func target(managerID: String, sender: Sender) async throws -> EventTarget {
        guard sender.mayName(managerID) else { throw APIError.otherManager }
        if let target = configuration.known(managerID: managerID) { return target }
        guard EventManager.isValidID(managerID) else { throw APIError.unknownManager(managerID) }
        try await catchUp()
        guard let target = configuration.known(managerID: managerID) else { throw APIError.unknownManager(managerID) }
        return target
    }

    /// The target of a routing key, or nil.
    ///
    /// - Throws: `APIError` 503.
    func target(routingKey: String) async throws -> EventTarget? {
        if let target = configuration.known(routingKey: routingKey) { return target }
        try await catchUp()
        return configuration.known(routingKey: routingKey)
    }

    func catchUp() async throws {
        do {
            try await configuration.catchUp()
        } catch {
            throw APIError.configurationUnavailable
        }
    }

    /// Runs a door's handler and counts what it refuses.
    func open(_ door: Door, _ handler: () async throws -> Response) async throws -> Response {
        metrics.inFlight.add(1)
        defer { metrics.inFlight.add(-1) }
        do {
            return try await handler()
        } catch {
            metrics.rejected(code: APIError(translating: error).code, door: door)
            throw error
        }
    }
}

extension Request {
    /// The trace that the client wants its events to belong to.
    var traceparent: String? {
        Self.traceparentName.flatMap { headers[$0] }
    }

    private static let traceparentName = HTTPField.Name(HeaderName.traceparent)
}
