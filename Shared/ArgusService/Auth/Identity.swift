// Who a request comes from and what it may do.

/// What a credential allows. `admin` includes the other two.
public struct Scope: OptionSet, Sendable, Hashable {
    /// Bits of the set.
    public let rawValue: UInt8

    /// Creates a set from its bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Sending events.
    public static let ingest = Scope(rawValue: 1)
    /// Reading alerts and configuration.
    public static let read = Scope(rawValue: 2)
    /// Changing configuration, and everything else.
    public static let admin = Scope(rawValue: 4)

    static let names: [(name: String, scope: Scope)] = [("ingest", .ingest), ("read", .read), ("admin", .admin)]

    init?(name: Substring) {
        guard let found = Self.names.first(where: { $0.name == name }) else { return nil }
        self = found.scope
    }

    /// Whether this set allows everything in the other.
    public func allows(_ wanted: Scope) -> Bool {
        contains(.admin) || isSuperset(of: wanted)
    }

    var label: String {
        Self.names.filter { contains($0.scope) }.map(\.name).joined(separator: "+")
    }
}

/// Who sends a request.
public struct Identity: Sendable, Equatable {
    /// Name of the credential; never the credential.
    public let name: String
    /// What it allows.
    public let scopes: Scope

    /// Creates an identity.
    public init(name: String, scopes: Scope) {
        self.name = name
        self.scopes = scopes
    }

    /// Everybody, where the doors are open.
    public static let anonymous = Identity(name: "anonymous", scopes: [.ingest, .read, .admin])
}
