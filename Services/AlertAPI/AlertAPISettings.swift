// What alert-api can be told by its environment.

import ArgusService
import ArgusShared

/// The configuration of alert-api.
struct AlertAPISettings {
    /// Variables of its own and their defaults.
    static let defaults = [
        "HTTP_PORT": "8082",
        "DB_DRIVER": "sqlite",
        "DB_DSN": "alert-api.db",
        "ARGUS_TOKENS": "",
        "ARGUS_PARTITIONS": "\(Partitioning.defaultCount)",
        "ARGUS_EVENTS_MAX_BYTES": "\(Streams.defaultEventBytes)",
        "ARGUS_RATE_LIMIT": "0",
        "ARGUS_ALERT_RETENTION": "90d",
        "ARGUS_WEBHOOK_ALLOW_PRIVATE": "",
        "ARGUS_WEBHOOK_TIMEOUT": "10s",
        "ARGUS_WEBHOOK_RETRY_FOR": "1h",
        "ARGUS_EXTERNAL_URL": "http://127.0.0.1:8080",
        "ARGUS_STREAM_CLIENTS": "1000",
    ]

    let environment: ServiceEnvironment
    let http: HTTPSettings
    let bus: BusSettings
    let auth: AuthSettings
    let storage: StorageSettings
    /// Partitions of a bus that is set up for the first time.
    let partitions: Int
    /// Bytes that each partition's event stream may hold.
    let eventBytes: Int64
    /// Requests per second and credential; 0 is without limit.
    let rateLimit: Int
    /// How long resolved alerts are kept after their last change.
    let retention: Duration
    let webhooks: WebhookSettings
    /// Where people reach the suite, for links in notifications.
    let externalURL: String
    /// Clients that may follow the stream of changes at the same time.
    let streamClients: Int

    /// Reads everything; what is malformed is for `settings.validate()` to tell.
    init(_ settings: ServiceSettings) {
        environment = ServiceEnvironment(settings)
        http = HTTPSettings(settings)
        bus = BusSettings(settings)
        auth = AuthSettings(settings)
        storage = StorageSettings(settings)
        partitions = settings.int("ARGUS_PARTITIONS", in: 1...256)
        eventBytes = Int64(settings.bytes("ARGUS_EVENTS_MAX_BYTES", in: (16 << 20)...(1 << 40)))
        rateLimit = settings.int("ARGUS_RATE_LIMIT", in: 0...100_000_000)
        retention = settings.duration("ARGUS_ALERT_RETENTION", in: .seconds(3600)...(.seconds(10 * 366 * 86_400)))
        webhooks = WebhookSettings(settings, environment: environment)
        externalURL = settings.string("ARGUS_EXTERNAL_URL")
        streamClients = settings.int("ARGUS_STREAM_CLIENTS", in: 1...100_000)
        if WebhookTarget(externalURL) == nil { settings.fail("ARGUS_EXTERNAL_URL", "must be an http or https URL") }
    }
}

/// How notifications are sent.
struct WebhookSettings: Sendable {
    /// Whether webhooks may point into private networks.
    let allowsPrivate: Bool
    /// How long one attempt may take.
    let timeout: Duration
    /// How long a notification is tried before it is dead-lettered.
    let retryFor: Duration

    init(_ settings: ServiceSettings, environment: ServiceEnvironment) {
        let isSet = settings.optionalString("ARGUS_WEBHOOK_ALLOW_PRIVATE") != nil
        allowsPrivate = isSet ? settings.bool("ARGUS_WEBHOOK_ALLOW_PRIVATE") : environment == .development
        timeout = settings.duration("ARGUS_WEBHOOK_TIMEOUT", in: .milliseconds(10)...(.seconds(30)))
        retryFor = settings.duration("ARGUS_WEBHOOK_RETRY_FOR", in: .zero...(.seconds(7 * 86_400)))
    }
}
