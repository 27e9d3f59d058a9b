// What the gateway can be told by its environment.

import ArgusService
import ArgusShared

/// The gateway's configuration.
struct IngestSettings {
    /// The gateway's own variables and their defaults.
    static let defaults = [
        "HTTP_PORT": "8081",
        "ARGUS_TOKENS": "",
        "ARGUS_PARTITIONS": "\(Partitioning.defaultCount)",
        "ARGUS_EVENTS_MAX_BYTES": "\(Streams.defaultEventBytes)",
        "ARGUS_LINGER": "1ms",
        "ARGUS_RATE_LIMIT": "0",
        "ARGUS_RESOLVE_TIMEOUT": "5m",
    ]

    let http: HTTPSettings
    let bus: BusSettings
    let auth: AuthSettings
    /// Partitions of a bus that is set up for the first time.
    let partitions: Int
    /// Bytes that each partition's stream may hold.
    let eventBytes: Int64
    /// How long an event waits for company.
    let linger: Duration
    /// Events per second and credential; 0 is without limit.
    let rateLimit: Int
    /// After how long an alert of Prometheus's resolves that names no end.
    let resolveTimeout: Duration

    /// Reads everything; what is malformed is for `settings.validate()` to tell.
    init(_ settings: ServiceSettings) {
        http = HTTPSettings(settings)
        bus = BusSettings(settings)
        auth = AuthSettings(settings)
        partitions = settings.int("ARGUS_PARTITIONS", in: 1...256)
        eventBytes = Int64(settings.bytes("ARGUS_EVENTS_MAX_BYTES", in: 1_000_000...(1 << 40)))
        linger = settings.duration("ARGUS_LINGER", in: .zero...(.seconds(1)))
        rateLimit = settings.int("ARGUS_RATE_LIMIT", in: 0...100_000_000)
        resolveTimeout = settings.duration("ARGUS_RESOLVE_TIMEOUT", in: .seconds(1)...(.seconds(7 * 86_400)))
    }
}
