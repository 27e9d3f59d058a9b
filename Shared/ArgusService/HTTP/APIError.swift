// An error as a client of an HTTP door sees it.

import ArgusShared
public import HTTPTypes

/// An error that is answered with a status and the body `{"error":{"code","message","field"?,"errors"?}}`.
public struct APIError: Error, Sendable, CustomStringConvertible {
    /// One of several things that are wrong.
    public struct Item: Sendable, Equatable {
        /// Stable name of what is wrong.
        public var code: String
        /// What is wrong, for people.
        public var message: String
        /// Which field is wrong.
        public var field: String?

        /// Creates an item.
        public init(code: String, message: String, field: String? = nil) {
            self.code = code
            self.message = message
            self.field = field
        }
    }

    /// Status of the answer.
    public var status: HTTPResponse.Status
    /// Stable name of the error, such as `invalid_field`.
    public var code: String
    /// What went wrong, for people.
    public var message: String
    /// The field that is wrong, where there is one.
    public var field: String?
    /// Everything that is wrong, where it is more than one thing.
    public var errors: [Item]
    /// When to try again; sent as `Retry-After`, rounded up to whole seconds.
    public var retryAfter: Duration?
    /// Further members of the error object as JSON, such as `"position":12`.
    public var extra: [UInt8]?
    /// Headers of the answer beside content type and length.
    public var headers: HTTPFields

    /// Creates an error.
    public init(
        _ status: HTTPResponse.Status, code: String, message: String, field: String? = nil, errors: [Item] = [],
        retryAfter: Duration? = nil, extra: [UInt8]? = nil, headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.errors = errors
        self.retryAfter = retryAfter
        self.extra = extra
        self.headers = headers
    }

    /// 400.
    public static func badRequest(code: String = "bad_request", message: String, field: String? = nil) -> APIError {
        APIError(.badRequest, code: code, message: message, field: field)
    }

    /// 404 for a thing of a kind, such as an alert.
    public static func notFound(_ kind: String, _ name: String) -> APIError {
        APIError(.notFound, code: "not_found", message: "There is no \(kind) \"\(name)\".")
    }

    /// 409.
    public static func conflict(code: String = "conflict", message: String) -> APIError {
        APIError(.conflict, code: code, message: message)
    }

    /// 412, where `If-Match` does not match.
    public static func preconditionFailed(_ message: String) -> APIError {
        APIError(.preconditionFailed, code: "precondition_failed", message: message)
    }

    /// 413 for a body beyond a limit in bytes.
    public static func tooLarge(limit: Int) -> APIError {
        APIError(.contentTooLarge, code: "too_large", message: "The body may have at most \(limit) bytes.")
    }

    /// The answer's body.
    public var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        Self.append(Item(code: code, message: message, field: field), to: &writer)
        if !errors.isEmpty {
            writer.key("errors")
            writer.beginArray()
            for item in errors {
                writer.beginObject()
                Self.append(item, to: &writer)
                writer.endObject()
            }
            writer.endArray()
        }
        if let extra { writer.raw(extra) }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// Status, code and message.
    public var description: String {
        "\(status.code) \(code): \(message)"
    }

    private static func append(_ item: Item, to writer: inout JSONWriter) {
        writer.string("code", item.code)
        writer.string("message", item.message)
        if let field = item.field {
            writer.string("field", field)
        }
    }
}
