// POST /v1/events: one event.

import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird

/// The door for single events.
struct EventDoor: Sendable {
    let gatekeeper: Gatekeeper
    let ingress: Ingress

    /// Answers 202 once the event is safe on the bus.
    func respond(to request: Request) async throws -> Response {
        try await ingress.open(.event) {
            let sender = try await gatekeeper.sender(of: request)
            try gatekeeper.admit(1, of: sender.identity)
            try request.requireContentType("application/json")
            let body = try await request.bodyBytes(limit: EventLimits.singleBody)
            let event = try Self.parse(body, receivedAt: .now())
            let target = try await ingress.target(managerID: event.managerID, sender: sender)
            try await ingress.take(event, for: target, door: .event, traceparent: request.traceparent)
            return .json(Self.body(dedupKey: event.dedupKey, eventID: event.id), status: .accepted)
        }
    }

    /// Reads and checks a body.
    ///
    /// - Throws: `APIError` 400 or 422.
    static func parse(_ body: [UInt8], receivedAt: Timestamp) throws -> AlertEvent {
        do {
            let draft = try JSONReader.read(body, limits: .untrusted) { try EventDraft(from: &$0) }
            return try draft.finish(receivedAt: receivedAt).get()
        } catch let error as JSONError {
            throw APIError(error)
        } catch let error as InvalidEvent {
            throw APIError(error)
        }
    }

    /// `{"status","dedupKey","event_id"}`.
    static func body(dedupKey: String, eventID: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 192)
        writer.beginObject()
        writer.string("status", "accepted")
        writer.string("dedupKey", dedupKey)
        writer.string("event_id", eventID)
        writer.endObject()
        return writer.bytes
    }
}
