// Which addresses notifications may be sent to: none inside our own network, unless that is wanted.

import ArgusShared
import Foundation

/// Judges webhook URLs and the addresses that their hosts have.
struct WebhookPolicy: Sendable {
    /// Whether loopback, private and link-local addresses may be notified.
    let allowsPrivate: Bool

    /// Why `text` cannot be a webhook's URL; nil if it can. Host names are judged by `allows(address:)` when they are resolved.
    func refusal(of text: String) -> String? {
        guard let target = WebhookTarget(text) else {
            return "must be an http or https URL with a host, without user name, password or fragment"
        }
        if allowsPrivate { return nil }
        if target.host == "localhost" || target.host.hasSuffix(".localhost") { return Self.privateReason }
        if let address = IPAddress(target.host), !allows(address) { return Self.privateReason }
        return nil
    }

    /// Whether a notification may go to `address`.
    func allows(_ address: IPAddress) -> Bool {
        allowsPrivate || address.isPublic
    }

    static let privateReason =
        "must not point into a private network (ARGUS_WEBHOOK_ALLOW_PRIVATE=true permits it)"
}

/// The parts of a webhook's URL.
struct WebhookTarget: Equatable, Sendable {
    let scheme: String
    /// Lower case; an IPv6 address without brackets.
    let host: String
    let port: Int

    /// Nil for what is not a plain http or https URL.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", parts.user == nil, parts.password == nil, parts.fragment == nil,
            var host = parts.host?.lowercased(), !host.isEmpty
        else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host.hasSuffix(".") { host.removeLast() }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard !host.isEmpty, (1...65_535).contains(port), Self.isHost(host) else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// A number that is no dotted quad (`2130706433`, `0x7f.1`) is an address to some resolvers and a name to us: refused.
    private static func isHost(_ host: String) -> Bool {
        if IPAddress(host) != nil { return true }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, let last = labels.last, let first = last.utf8.first else { return false }
        let startsWithDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        return !startsWithDigit
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy { byte in
                        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    }
            }
    }
}
