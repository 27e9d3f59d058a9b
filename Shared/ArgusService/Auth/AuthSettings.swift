// Reads the tokens that open a service's doors.

/// A token as it is configured: its hash, never the token.
public struct TokenCredential: Sendable, Equatable {
    /// Name for logs and limits.
    public let name: String
    /// What it allows.
    public let scopes: Scope
    /// SHA-256 of the token.
    public let digest: [UInt8]

    /// Creates a credential.
    public init(name: String, scopes: Scope, digest: [UInt8]) {
        self.name = name
        self.scopes = scopes
        self.digest = digest
    }

    /// Parses `name:scope+scope:sha256hex`.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let digest = Self.bytes(hex: parts[2]), digest.count == 32 else { return nil }
        var scopes: Scope = []
        for name in parts[1].split(separator: "+", omittingEmptySubsequences: false) {
            guard let scope = Scope(name: name) else { return nil }
            scopes.insert(scope)
        }
        self.init(name: String(parts[0]), scopes: scopes, digest: digest)
    }

    private static func bytes(hex: Substring) -> [UInt8]? {
        let digits = hex.utf8.map { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") ? $0 - 48 : ($0 | 0x20) &- 87 }
        let isHexadecimal = hex.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
            default: false
            }
        }
        guard isHexadecimal, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// The tokens of a service.
public struct AuthSettings: Sendable, Equatable {
    /// Empty where the doors are open.
    public var tokens: [TokenCredential]

    /// Settings with given tokens.
    public init(tokens: [TokenCredential]) {
        self.tokens = tokens
    }

    /// Reads `ARGUS_TOKENS`. In production having none is a problem. No problem quotes an entry: a token may have been
    /// put there instead of its hash.
    public init(_ settings: ServiceSettings) {
        let text = settings.secret(SettingName.tokens)?.value ?? ""
        let entries = text.split(whereSeparator: { $0 == "," || $0.isWhitespace })
        var tokens: [TokenCredential] = []
        for (index, entry) in entries.enumerated() {
            guard let token = TokenCredential(String(entry)) else {
                settings.fail(
                    SettingName.tokens,
                    "has a malformed entry (number \(index + 1)): each must be name:scope+scope:sha256hex with scopes ingest, read or admin"
                        + " and 64 hexadecimal digits")
                continue
            }
            if tokens.contains(where: { $0.name == token.name }) {
                settings.fail(SettingName.tokens, "has two entries of the same name (number \(index + 1) repeats an earlier one)")
            }
            tokens.append(token)
        }
        if entries.isEmpty, ServiceEnvironment(settings) == .production {
            settings.fail(
                SettingName.environment, "is production, which needs \(SettingName.tokens): without tokens the doors would be open")
        }
        self.tokens = tokens
    }
}
