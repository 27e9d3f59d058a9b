// Decides whether a request may pass a door.

import Crypto
import HTTPTypes
public import Hummingbird

/// Verifies bearer tokens (RFC 6750) against the configured hashes.
///
/// A token is hashed and its hash compared with every configured one in constant time, so that neither the number of
/// matching bytes nor the matching entry shows in the time taken. Without configured tokens all doors are open.
public struct AuthPolicy: Sendable {
    private let tokens: [TokenCredential]

    /// Creates a policy.
    public init(settings: AuthSettings) {
        tokens = settings.tokens
    }

    /// Whether requests without a token pass.
    public var isOpen: Bool { tokens.isEmpty }

    /// Who sends a request, if that allows what is wanted.
    ///
    /// - Parameters:
    ///   - request: Its `Authorization` header counts.
    ///   - scope: What the route needs.
    ///   - alternative: Asked for tokens that are not configured, such as the routing key of an event manager.
    /// - Throws: `APIError` 401 without a valid token, 403 where the token does not allow it.
    public func authorize(
        _ request: Request, _ scope: Scope, alternative: (String) -> Identity? = { _ in nil }
    ) throws -> Identity {
        try authorize(authorization: request.headers[.authorization], scope, alternative: alternative)
    }

    /// The same for the value of an `Authorization` header, wherever it came from.
    @discardableResult
    public func authorize(
        authorization header: String?, _ scope: Scope, alternative: (String) -> Identity? = { _ in nil }
    ) throws -> Identity {
        guard let header else {
            if isOpen { return .anonymous }
            throw Self.unauthorized("A bearer token is needed.")
        }
        guard let token = Self.bearerToken(header) else {
            if isOpen { return .anonymous }
            throw Self.unauthorized("The Authorization header must hold a bearer token.")
        }
        guard let identity = identify(token) ?? alternative(token) else {
            if isOpen { return .anonymous }
            throw Self.unauthorized("The token is not valid.")
        }
        guard identity.scopes.allows(scope) else {
            throw APIError(.forbidden, code: "forbidden", message: "The token \"\(identity.name)\" does not allow \(scope.label).")
        }
        return identity
    }

    /// The identity of a configured token.
    public func identify(_ token: String) -> Identity? {
        if tokens.isEmpty { return nil }
        let digest = Array(SHA256.hash(data: Array(token.utf8)))
        var found: TokenCredential?
        for candidate in tokens where ConstantTime.areEqual(candidate.digest, digest) {
            found = candidate
        }
        return found.map { Identity(name: $0.name, scopes: $0.scopes) }
    }

    /// A middleware that lets only requests with a scope through and puts who sends them into the context.
    public func require(_ scope: Scope) -> AuthMiddleware {
        AuthMiddleware(policy: self, scope: scope)
    }

    /// The token of an `Authorization: Bearer` header, or nil for another scheme.
    static func bearerToken(_ header: String) -> String? {
        let scheme = "Bearer ".utf8
        let bytes = header.utf8
        guard bytes.count > scheme.count, ASCII.areEqualIgnoringCase(bytes.prefix(scheme.count), scheme) else { return nil }
        let token = Substring(bytes.dropFirst(scheme.count).drop { $0 == UInt8(ascii: " ") })
        return token.isEmpty ? nil : String(token)
    }

    private static func unauthorized(_ message: String) -> APIError {
        APIError(.unauthorized, code: "unauthorized", message: message, headers: [.wwwAuthenticate: "Bearer"])
    }
}

/// Applies a policy to a group of routes.
public struct AuthMiddleware: RouterMiddleware {
    /// The context of our routers.
    public typealias Context = ServiceContext

    let policy: AuthPolicy
    let scope: Scope

    /// Lets the request through or throws 401 or 403.
    public func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.identity = try policy.authorize(request, scope)
        return try await next(request, context)
    }
}

/// Comparison whose time does not depend on the content.
public enum ConstantTime {
    /// Whether two byte strings are equal; only their lengths show in the time taken.
    public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
