// Contexts of the nats command line: `~/.config/nats/context/NAME.json`.

import ArgusBus
import ArgusShared
import Foundation

/// A named way to reach a bus.
struct NATSContext: Sendable, Hashable {
    let name: String
    private let value: JSONValue

    /// Reads the context `name`.
    static func load(_ name: String, _ surroundings: Surroundings) throws -> NATSContext {
        guard !name.isEmpty, !name.contains("/"), name != "..", let directory = directory(surroundings) else {
            throw CommandLineError(.usage, "\"\(name)\" cannot be the name of a nats context")
        }
        let path = "\(directory)/context/\(name).json"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandLineError(.usage, "there is no nats context \"\(name)\": \(path) cannot be read")
        }
        return try NATSContext(name: name, parsing: Array(data))
    }

    /// The context selected with `nats context select`; nil if there is none.
    static func selected(_ surroundings: Surroundings) throws -> NATSContext? {
        guard let directory = directory(surroundings), let data = FileManager.default.contents(atPath: "\(directory)/context.txt") else {
            return nil
        }
        let name = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
        return name.isEmpty ? nil : try load(name, surroundings)
    }

    init(name: String, parsing bytes: [UInt8]) throws {
        self.name = name
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw CommandLineError(.usage, "the nats context \"\(name)\" is not JSON: \(error)")
        }
        guard case .object = value else { throw CommandLineError(.usage, "the nats context \"\(name)\" is no JSON object") }
        for unsupported in ["nsc", "socks_proxy", "user_jwt"] where field(unsupported) != nil {
            throw CommandLineError(.usage, "the nats context \"\(name)\" uses \(unsupported), which argus cannot")
        }
    }

    /// What it says of servers and credentials.
    func configuration(_ surroundings: Surroundings) -> BusConfiguration {
        var configuration = BusConfiguration(servers: [field("url") ?? BusOptions.defaultURL], name: "argus")
        configuration.user = field("user")
        configuration.password = field("password")
        configuration.token = field("token")
        configuration.credentialsFile = file("creds", surroundings)
        configuration.nkeySeedFile = file("nkey", surroundings)
        if let prefix = field("inbox_prefix") { configuration.inboxPrefix = prefix }
        let files = (ca: file("ca", surroundings), certificate: file("cert", surroundings), key: file("key", surroundings))
        if files != (nil, nil, nil) {
            configuration.tls = .init(caFile: files.ca, certificateFile: files.certificate, keyFile: files.key)
        }
        return configuration
    }

    private func field(_ name: String) -> String? {
        value[name]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func file(_ name: String, _ surroundings: Surroundings) -> String? {
        guard let path = field(name) else { return nil }
        guard path.hasPrefix("~/"), let home = surroundings["HOME"] else { return path }
        return home + path.dropFirst()
    }

    private static func directory(_ surroundings: Surroundings) -> String? {
        if let configured = surroundings["XDG_CONFIG_HOME"] { return configured + "/nats" }
        return surroundings["HOME"].map { $0 + "/.config/nats" }
    }
}
