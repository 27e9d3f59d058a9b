// Who may bring events, how many, and for whom.

import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird

/// Who brings events.
struct Sender: Sendable {
    var identity: Identity
    /// The only manager that may be named: the sender's credential is its routing key.
    var managerID: String?

    /// Whether the sender may bring events of a manager.
    func mayName(_ managerID: String) -> Bool {
        self.managerID == nil || self.managerID == managerID
    }
}

/// Checks credentials and rates.
struct Gatekeeper: Sendable {
    let auth: AuthPolicy
    let limiter: RateLimiter
    let configuration: ConfigurationStore

    /// Who sends a request, by a token with the scope `ingest` or by a manager's routing key.
    ///
    /// - Throws: `APIError` 401 or 403.
    func sender(of request: Request) async throws -> Sender {
        guard request.headers[.authorization] != nil else { return Sender(identity: try auth.authorize(request, .ingest)) }
        do {
            return try identify(request)
        } catch let error as APIError where error.status == .unauthorized {
            // The key may have been made a moment ago.
            guard (try? await configuration.catchUp()) != nil else { throw error }
            return try identify(request)
        }
    }

    /// Who sends a request, if that can be told without asking the bus.
    ///
    /// - Throws: `APIError` 401 or 403.
    func identify(_ request: Request) throws -> Sender {
        var managerID: String?
        let identity = try auth.authorize(request, .ingest) { key in
            guard let target = configuration.known(routingKey: key) else { return nil }
            managerID = target.managerID
            return Self.identity(ofManager: target.managerID)
        }
        return Sender(identity: identity, managerID: managerID)
    }

    /// Takes `count` events from what a sender may bring now.
    ///
    /// - Throws: `APIError` 429.
    func admit(_ count: Int, of identity: Identity) throws {
        try limiter.take(count, for: identity)
    }

    /// Who a routing key stands for.
    static func identity(ofManager id: String) -> Identity {
        Identity(name: "manager:\(id)", scopes: [.ingest])
    }
}
