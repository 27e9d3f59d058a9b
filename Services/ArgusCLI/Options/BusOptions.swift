// How to reach the event bus: by flags, by variables, by a context of the nats command line.

import ArgumentParser
import ArgusBus

/// The options of the bus.
struct BusOptions: ParsableArguments {
    @Option(
        name: .customLong("nats-url"),
        help: ArgumentHelp("Servers, separated by commas (NATS_URL; nats://127.0.0.1:4222).", valueName: "urls"))
    var natsURL: String?

    @Option(
        help: ArgumentHelp("A context of the nats command line (NATS_CONTEXT; the selected one if NATS_URL is not set).", valueName: "name")
    )
    var context: String?

    static let defaultURL = "nats://127.0.0.1:4222"
    private static let patience = Duration.seconds(5)

    /// What the flags, variables and contexts together say.
    func configuration(_ surroundings: Surroundings = .current) throws -> BusConfiguration {
        var configuration: BusConfiguration
        let name = context ?? surroundings["NATS_CONTEXT"]
        if let name {
            configuration = try NATSContext.load(name, surroundings).configuration(surroundings)
        } else if natsURL == nil, surroundings["NATS_URL"] == nil, let selected = try NATSContext.selected(surroundings) {
            configuration = selected.configuration(surroundings)
        } else {
            configuration = Self.configuration(byVariables: surroundings)
        }
        if let natsURL {
            guard natsURL.contains(where: { !$0.isWhitespace && $0 != "," }) else {
                throw CommandLineError(.usage, "--nats-url is empty, but must name servers such as nats://host:4222")
            }
            configuration.servers = [natsURL]
        }
        configuration.name = "argus"
        configuration.connectTimeout = Self.patience
        return configuration
    }

    private static func configuration(byVariables surroundings: Surroundings) -> BusConfiguration {
        var configuration = BusConfiguration(servers: [surroundings["NATS_URL"] ?? defaultURL], name: "argus")
        if let user = surroundings["NATS_USER"] {
            configuration.user = user
            // As the services do: permissions may give each user answers of its own.
            configuration.inboxPrefix = "_INBOX.\(user)"
        }
        configuration.password = surroundings["NATS_PASSWORD"]
        configuration.credentialsFile = surroundings["NATS_CREDS"]
        configuration.nkeySeedFile = surroundings["NATS_NKEY_SEED"]
        let files = (ca: surroundings["NATS_TLS_CA"], certificate: surroundings["NATS_TLS_CERT"], key: surroundings["NATS_TLS_KEY"])
        if files != (nil, nil, nil) {
            configuration.tls = .init(caFile: files.ca, certificateFile: files.certificate, keyFile: files.key)
        }
        return configuration
    }
}
