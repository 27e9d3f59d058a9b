// Turns errors into answers.

import HTTPTypes
public import Hummingbird

extension APIError {
    /// What a client is told about any error: API errors as they are, everything else without internals.
    public init(translating error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as HTTPError: self.init(error)
        case is RequestBodyTimeout:
            self.init(.requestTimeout, code: "body_timeout", message: "The body did not arrive in time.")
        case is CancellationError:
            self.init(.serviceUnavailable, code: "shutting_down", message: "The service is shutting down.", retryAfter: .seconds(1))
        default:
            self.init(.internalServerError, code: "internal", message: "Something went wrong on our side.")
        }
    }

    /// An error that the HTTP framework threw.
    init(_ error: HTTPError) {
        let code: String
        switch error.status {
        case .badRequest: code = "bad_request"
        case .notFound: code = "not_found"
        case .contentTooLarge: code = "too_large"
        case .unsupportedMediaType: code = "unsupported_media_type"
        default: code = error.status.kind == .serverError ? "internal" : "http_\(error.status.code)"
        }
        let message = error.status.kind == .serverError ? nil : error.body
        self.init(error.status, code: code, message: message ?? error.status.reasonPhrase, headers: error.headers)
    }

    /// The answer.
    public var response: Response {
        .json(body, status: status, headers: answerHeaders)
    }

    /// The answer's headers beside those of its body.
    var answerHeaders: HTTPFields {
        var headers = headers
        if let retryAfter {
            let (seconds, attoseconds) = retryAfter.components
            headers[.retryAfter] = String(max(1, seconds + (attoseconds > 0 ? 1 : 0)))
        }
        return headers
    }
}

/// Gives errors of the HTTP framework our shape; without it the router would answer them itself.
struct FrameworkErrorMiddleware: RouterMiddleware {
    typealias Context = ServiceContext

    func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            if error.status == .notFound, error.body == nil {
                throw APIError(.notFound, code: "not_found", message: "There is no route \(request.method.rawValue) \(request.uri.path).")
            }
            throw APIError(error)
        }
    }
}
