// POST /v1/events/batch: many events, each taken or refused on its own.

import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird

/// The door for batches: a JSON array, or one event a line.
struct BatchDoor: Sendable {
    let gatekeeper: Gatekeeper
    let ingress: Ingress

    private static let lineTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl"]

    /// Answers 202 with what became of each event: `{"accepted":n,"rejected":[…],"events":[{"index","dedupKey","event_id"},…]}`, where
    /// `index` counts the events of the request from 0, and blank lines are none.
    ///
    /// Each of `rejected` is `{"index","code","message","field"?,"errors"?,"position"?}`: `errors` tells of all fields where more than one
    /// is wrong, `position` where in the request's body a line is not JSON. A body that cannot be told apart into events, such as a
    /// malformed array, is refused as a whole: 400 with the same `position`.
    func respond(to request: Request) async throws -> Response {
        try await ingress.open(.batch) {
            let sender = try await gatekeeper.sender(of: request)
            try request.requireContentType("application/json", "application/x-ndjson", "application/ndjson", "application/jsonl")
            let body = try await request.bodyBytes(limit: EventLimits.batchBody)
            let batch = try Self.parse(body, format: Self.format(of: request), receivedAt: .now())
            try gatekeeper.admit(batch.items.count, of: sender.identity)
            let outcome = try await ingress.take(batch.items, from: sender, door: .batch, traceparent: request.traceparent)
            return .json(Self.body(outcome), status: .accepted)
        }
    }

    /// Nil where the type does not tell.
    private static func format(of request: Request) -> EventBatch.Format? {
        guard let type = request.headers[.contentType]?.lowercased() else { return nil }
        return lineTypes.contains { type.hasPrefix($0) } ? .lines : nil
    }

    private static func parse(_ body: [UInt8], format: EventBatch.Format?, receivedAt: Timestamp) throws -> EventBatch {
        do {
            return try EventBatch(body, format: format, receivedAt: receivedAt)
        } catch let error as JSONError {
            throw APIError(error)
        } catch is EventBatch.TooManyEvents {
            throw APIError(
                .contentTooLarge, code: "too_many_events", message: "A batch may hold at most \(EventLimits.batchEvents) events.")
        }
    }

    private static func body(_ outcome: BatchOutcome) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + outcome.accepted.count * 112 + outcome.rejected.count * 160)
        writer.beginObject()
        writer.integer("accepted", outcome.accepted.count)
        writer.key("rejected")
        writer.beginArray()
        for (index, rejection) in outcome.rejected { rejection.write(index: index, to: &writer) }
        writer.endArray()
        writer.key("events")
        writer.beginArray()
        for event in outcome.accepted {
            writer.beginObject()
            writer.integer("index", event.index)
            writer.string("dedupKey", event.dedupKey)
            writer.string("event_id", event.id)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}

extension ItemRejection {
    /// Appends `{"index","code","message","field"?,"errors"?,"position"?}`.
    func write(index: Int, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.integer("index", index)
        writer.string("code", code)
        writer.string("message", message)
        writer.member("field", field)
        if problems.count > 1 {
            writer.key("errors")
            writer.beginArray()
            for problem in problems {
                writer.beginObject()
                writer.string("code", problem.code.rawValue)
                writer.string("message", problem.message)
                writer.string("field", problem.field)
                writer.endObject()
            }
            writer.endArray()
        }
        if let position {
            writer.key("position")
            position.writePosition(to: &writer)
        }
        writer.endObject()
    }
}
