// What the adapter can be told by its environment or its flags.

import ArgusService
import ProcessCompose

/// The adapter's configuration.
struct AdapterSettings: Sendable {
    /// The adapter's own variables and their defaults.
    static let defaults = [
        "HTTP_PORT": "8085",
        "COMPOSE_URL": ComposeEndpoint.defaultURL,
        "COMPOSE_PORT": "",
        "PC_API_TOKEN": "",
        "POLL_INTERVAL": "2s",
        "PROCESS_EVENTS_MAX_AGE": "24h",
        "COLLECT_LOGS": "false",
    ]

    /// Flags for those who start it by hand.
    static let flags = [
        CommandLineFlag("--compose-url", sets: "COMPOSE_URL", help: "http://host:port or unix:///path, with name= before it; repeatable"),
        CommandLineFlag("--compose-port", sets: "COMPOSE_PORT", help: "short for --compose-url http://127.0.0.1:PORT"),
        CommandLineFlag("--poll-interval", sets: "POLL_INTERVAL", help: "time between two looks at all processes"),
        CommandLineFlag("--nats-url", sets: "NATS_URL", help: "the event bus"),
        CommandLineFlag("--logs", sets: "COLLECT_LOGS", to: "true", help: "send the processes' log lines to the bus as OTLP"),
    ]

    let http: HTTPSettings
    let bus: BusSettings
    let endpoints: [ComposeEndpoint]
    let token: Secret?
    let pollInterval: Duration
    /// How long the stream keeps events, if it has to be created.
    let maximumAge: Duration
    let collectsLogs: Bool

    /// Reads everything; what is malformed is for `settings.validate()` to tell.
    init(_ settings: ServiceSettings) {
        http = HTTPSettings(settings)
        bus = BusSettings(settings)
        token = settings.secret("PC_API_TOKEN")
        pollInterval = settings.duration("POLL_INTERVAL", in: .milliseconds(100)...(.seconds(3600)))
        maximumAge = settings.duration("PROCESS_EVENTS_MAX_AGE", in: .seconds(60)...(.seconds(365 * 86_400)))
        collectsLogs = settings.bool("COLLECT_LOGS")
        endpoints = Self.endpoints(settings)
    }

    private static func endpoints(_ settings: ServiceSettings) -> [ComposeEndpoint] {
        if let port = settings.optionalString("COMPOSE_PORT") {
            guard let endpoint = ComposeEndpoint("http://127.0.0.1:\(port)") else {
                settings.fail("COMPOSE_PORT", "is \"\(port)\", but must be a port from 1 to 65535")
                return []
            }
            return [endpoint]
        }
        let texts = settings.list("COMPOSE_URL")
        let endpoints = texts.compactMap { text in
            let endpoint = ComposeEndpoint(text)
            if endpoint == nil {
                settings.fail("COMPOSE_URL", "holds \"\(text)\", but must hold http://host:port or unix:///path, each with name= before it")
            }
            return endpoint
        }
        let names = endpoints.map(\.name)
        if Set(names).count != names.count {
            settings.fail("COMPOSE_URL", "holds several addresses without names of their own, such as staging=http://127.0.0.1:28081")
        }
        return endpoints
    }
}
