// Who may do what, how often, and what errors of the parts below look like outside.

import ArgusBus
import ArgusService
import ArgusStorage
import Hummingbird

/// The checks that routes are put behind.
struct Access: Sendable {
    let policy: AuthPolicy
    let limiter: RateLimiter

    /// Needs the scope `read`.
    var reading: AccessMiddleware { AccessMiddleware(policy: policy, limiter: limiter, scope: .read) }
    /// Needs the scope `ingest`: what it sends is events.
    var sending: AccessMiddleware { AccessMiddleware(policy: policy, limiter: limiter, scope: .ingest) }
    /// Needs the scope `admin`.
    var administration: AccessMiddleware { AccessMiddleware(policy: policy, limiter: limiter, scope: .admin) }

    /// Whether the sender of a request may see secrets.
    static func mayAdminister(_ context: ServiceContext) -> Bool {
        context.identity?.scopes.allows(.admin) ?? false
    }
}

/// Authorization, rate limit and translation of errors.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = ServiceContext

    let policy: AuthPolicy
    let limiter: RateLimiter
    let scope: Scope

    func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await policy.require(scope).handle(request, context: context) { request, context in
                if let identity = context.identity { try limiter.take(for: identity) }
                return try await next(request, context)
            }
        } catch let error as BusError {
            throw APIError(error) ?? error
        } catch let error as StorageError {
            throw APIError(error) ?? error
        }
    }
}

extension APIError {
    fileprivate init?(_ error: BusError) {
        guard error.isRetriable || error.code == .closed else { return nil }
        self.init(
            .serviceUnavailable, code: "bus_unavailable",
            message: error.code == .streamFull ? "The event bus is full." : "The event bus cannot be reached.", retryAfter: .seconds(1))
    }

    fileprivate init?(_ error: StorageError) {
        guard error.isRetriable || error.code == .closed else { return nil }
        self.init(
            .serviceUnavailable, code: "database_unavailable", message: "The database cannot be reached.", retryAfter: .seconds(1))
    }
}

/// Refuses what needs the configuration before it has been read.
enum Loading {
    static func require(_ store: ConfigurationStore) throws {
        guard !store.isLoaded else { return }
        throw APIError(
            .serviceUnavailable, code: "starting", message: "The configuration is being read.", retryAfter: .seconds(1))
    }
}
