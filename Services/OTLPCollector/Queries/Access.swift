// Who may do what, how often, and what a database that is away looks like outside.

import ArgusService
import ArgusStorage
import Hummingbird

/// The checks that routes are put behind.
struct Access: Sendable {
    let policy: AuthPolicy
    let limiter: RateLimiter

    /// Needs the scope `read`.
    var reading: AccessMiddleware { AccessMiddleware(policy: policy, limiter: limiter, scope: .read) }
    /// Needs the scope `admin`.
    var administration: AccessMiddleware { AccessMiddleware(policy: policy, limiter: limiter, scope: .admin) }
}

/// Authorization, rate limit and translation of errors of storage.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = ServiceContext

    let policy: AuthPolicy
    let limiter: RateLimiter
    let scope: ArgusService.Scope

    func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await policy.require(scope).handle(request, context: context) { request, context in
                if let identity = context.identity { try limiter.take(for: identity) }
                return try await next(request, context)
            }
        } catch let error as StorageError {
            throw APIError(error) ?? error
        }
    }
}

extension APIError {
    /// 503 for an error that goes away when the database comes back; nil for others.
    init?(_ error: StorageError) {
        guard error.isRetriable || error.code == .closed else { return nil }
        self.init(
            .serviceUnavailable, code: "database_unavailable", message: "The database cannot be reached.", retryAfter: .seconds(1))
    }
}
