// What the doors answer when events are not taken: the one place where failures become statuses.

import ArgusBus
import ArgusService
import ArgusShared
import HTTPTypes

extension APIError {
    /// 400: the body is no JSON, with the place where it stops being so.
    init(_ error: JSONError) {
        var writer = JSONWriter()
        error.writePosition(to: &writer)
        self.init(
            .badRequest, code: "invalid_json", message: "The body is not valid JSON: \(error).",
            extra: Array("\"position\":".utf8) + writer.bytes)
    }

    /// 422: everything that is wrong with an event.
    init(_ invalid: InvalidEvent) {
        self.init(
            .unprocessableContent, code: "invalid_event", message: "The event is not valid: \(invalid.message).",
            field: invalid.problems.first?.field, errors: invalid.problems.map(\.item))
    }

    /// 503: the bus did not take the events.
    init(_ failure: PublishFailure) {
        let (code, wait): (String, Duration) =
            switch failure.kind {
            case .unavailable: ("bus_unavailable", .seconds(1))
            case .streamFull: ("bus_full", .seconds(5))
            case .queueFull: ("overloaded", .seconds(1))
            case .stopping: ("shutting_down", .seconds(1))
            case .refused: ("bus_refused", .seconds(30))
            }
        self.init(.serviceUnavailable, code: code, message: "The event was not taken: \(failure.message).", retryAfter: wait)
    }

    /// 404: no such manager.
    static func unknownManager(_ id: String) -> APIError {
        let rejection = ItemRejection.unknownManager(id)
        return APIError(.notFound, code: rejection.code, message: "The event was not taken: \(rejection.message).", field: rejection.field)
    }

    /// 503: whether there is such a manager cannot be told now.
    static let configurationUnavailable = APIError(
        .serviceUnavailable, code: "bus_unavailable",
        message: "The event was not taken: the event manager is not known here, and the event bus cannot be asked.",
        retryAfter: .seconds(1))

    /// 403: a routing key opens the door for its own manager's events only.
    static let otherManager = APIError(
        .forbidden, code: "forbidden", message: "The routing key belongs to another event manager.", field: "event_manager_id")
}

extension JSONError {
    /// Appends `{"offset","line","column"}`, as counted in the request's body: bytes from 0, lines and bytes of the line from 1.
    func writePosition(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.integer("offset", offset)
        writer.integer("line", line)
        writer.integer("column", column)
        writer.endObject()
    }
}

extension FieldProblem {
    var item: APIError.Item {
        APIError.Item(code: code.rawValue, message: message, field: field)
    }
}
