// How to reach the services: all behind the edge, or each by itself.

import ArgumentParser

/// The options of the services.
struct ServiceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The edge in front of all services (ARGUS_URL; http://127.0.0.1:8080).", valueName: "url"))
    var url: String?

    @Option(
        name: .customLong("gateway-url"), help: ArgumentHelp("ingest-gateway, if not by the edge (ARGUS_GATEWAY_URL).", valueName: "url"))
    var gatewayURL: String?

    @Option(name: .customLong("api-url"), help: ArgumentHelp("alert-api, if not by the edge (ARGUS_API_URL).", valueName: "url"))
    var apiURL: String?

    @Option(
        name: .customLong("collector-url"),
        help: ArgumentHelp("otlp-collector, if not by the edge (ARGUS_COLLECTOR_URL).", valueName: "url"))
    var collectorURL: String?

    @Option(help: ArgumentHelp("The token for the services (ARGUS_TOKEN).", valueName: "token"))
    var token: String?

    static let defaultURL = "http://127.0.0.1:8080"

    /// The token, if it is one that a header can hold.
    func checkedToken(_ surroundings: Surroundings = .current) throws -> String? {
        guard let token = token ?? surroundings["ARGUS_TOKEN"] else { return nil }
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CommandLineError(
                .usage, "the token (--token, ARGUS_TOKEN) is empty or holds what no token does: is there a line break at its end?")
        }
        return token
    }

    /// Whether somebody said where the edge is.
    func namesEdge(_ surroundings: Surroundings = .current) -> Bool {
        url != nil || surroundings["ARGUS_URL"] != nil
    }

    /// Where each service is called.
    func addresses(_ surroundings: Surroundings = .current) throws -> ServiceAddresses {
        let edge = try ServiceAddresses.check(url ?? surroundings["ARGUS_URL"] ?? Self.defaultURL, of: "--url")
        func address(_ flag: String?, _ variable: String) throws -> String {
            guard let own = flag ?? (url == nil ? surroundings[variable] : nil) else { return edge }
            return try ServiceAddresses.check(own, of: variable)
        }
        return ServiceAddresses(
            edge: edge, gateway: try address(gatewayURL, "ARGUS_GATEWAY_URL"), api: try address(apiURL, "ARGUS_API_URL"),
            collector: try address(collectorURL, "ARGUS_COLLECTOR_URL"))
    }
}

/// Base addresses, without a slash at their ends.
struct ServiceAddresses: Sendable, Hashable {
    var edge: String
    var gateway: String
    var api: String
    var collector: String

    /// `text` without a slash at its end, if it is an address that can be called.
    static func check(_ text: String, of name: String) throws -> String {
        guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }),
            text.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) && $0 != "?" && $0 != "#" }),
            namesHost(text.dropFirst(scheme.count).prefix { $0 != "/" })
        else {
            throw CommandLineError(
                .usage, "\(name) is \"\(Table.printable(text))\", but must be http://host:port or https://host/path, and no more than that")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// Whether there is a host, with a port that exists if there is one. Credentials would not be used.
    private static func namesHost(_ authority: Substring) -> Bool {
        guard !authority.contains("@") else { return false }
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        let rest = authority.dropFirst(host.count)
        let isPort = rest.first == ":" && UInt16(rest.dropFirst()).map { $0 > 0 } ?? false
        return !host.isEmpty && authority.hasPrefix(host) && (rest.isEmpty || isPort)
    }
}
