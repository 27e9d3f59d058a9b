// POST /v2/enqueue: the PagerDuty Events API v2, so that its clients need only another address.

import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird

/// The door for PagerDuty clients. Its credential is the routing key in the body.
struct PagerDutyDoor: Sendable {
    let gatekeeper: Gatekeeper
    let ingress: Ingress

    /// Answers 202 once the event is safe on the bus, and what is wrong with it in that API's own form.
    func respond(to request: Request) async throws -> Response {
        try await ingress.open(.pagerDuty) {
            let body = try await request.bodyBytes(limit: EventLimits.singleBody)
            do {
                let event = try await take(body, traceparent: request.traceparent)
                return .json(Self.successBody(dedupKey: event.dedupKey), status: .accepted)
            } catch let refusal as Refusal {
                ingress.metrics.rejected(code: refusal.code, door: .pagerDuty)
                return .json(Self.body(status: refusal.status, message: refusal.message, errors: refusal.errors), status: .badRequest)
            }
        }
    }

    private struct Refusal: Error {
        var code: String
        var status = "invalid event"
        var message = "Event object is invalid"
        var errors: [String]
    }

    private func take(_ body: [UInt8], traceparent: String?) async throws -> AlertEvent {
        let parsed: PagerDutyEvent
        do {
            parsed = try JSONReader.read(body, limits: .untrusted) { try PagerDutyEvent(from: &$0) }
        } catch let error as JSONError {
            throw Refusal(code: "invalid_json", message: "Event object is not valid JSON", errors: ["\(error)"])
        }
        // What is wrong with the event is told before whether its key exists.
        _ = try Self.finish(parsed, managerID: "")
        guard let key = parsed.routingKey, let target = try await ingress.target(routingKey: key) else {
            throw Refusal(code: "unknown_routing_key", errors: ["'routing_key' is not known"])
        }
        try gatekeeper.admit(1, of: Gatekeeper.identity(ofManager: target.managerID))
        let event = try Self.finish(parsed, managerID: target.managerID)
        try await ingress.take(event, for: target, door: .pagerDuty, traceparent: traceparent)
        return event
    }

    private static func finish(_ parsed: PagerDutyEvent, managerID: String) throws -> AlertEvent {
        switch parsed.finish(managerID: managerID, receivedAt: .now()) {
        case .success(let event): return event
        case .failure(let invalid): throw Refusal(code: "invalid_event", errors: invalid.problems.map(describe))
        }
    }

    private static func describe(_ problem: FieldProblem) -> String {
        guard problem.code != .missing else { return "'\(problem.field)' is missing or blank" }
        let rest = problem.message.hasPrefix(problem.field) ? problem.message.dropFirst(problem.field.count) : " " + problem.message
        return "'\(problem.field)'\(rest)"
    }

    private static func successBody(dedupKey: String) -> [UInt8] {
        body(status: "success", message: "Event processed", dedupKey: dedupKey)
    }

    private static func body(status: String, message: String, dedupKey: String? = nil, errors: [String] = []) -> [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.string("status", status)
        writer.string("message", message)
        writer.member("dedup_key", dedupKey)
        if !errors.isEmpty {
            writer.key("errors")
            writer.beginArray()
            for error in errors { writer.string(error) }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }
}
