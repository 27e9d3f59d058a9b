// What otlp-collector can be told by its environment.

import ArgusService
import ArgusShared

/// The configuration of otlp-collector.
struct CollectorSettings: Sendable {
    /// Variables of its own and their defaults.
    static let defaults =
        [
            "DB_DRIVER": "sqlite",
            "DB_DSN": "argus.db",
            "ARGUS_TOKENS": "",
            "OTLP_HOST": "127.0.0.1",
            "OTLP_GRPC_PORT": "4317",
            "OTLP_HTTP_PORT": "4318",
            "OTLP_MAX_REQUEST": "64MiB",
            "OTLP_MAX_IN_FLIGHT": "128MiB",
            "OTLP_CORS_ORIGINS": "*",
            "RETENTION_HOURS": "168",
            "RETENTION_BYTES": "20GB",
            "DLQ_DIR": "./data/dlq",
            "DLQ_AFTER": "30s",
            "DLQ_REPLAY_INTERVAL": "5m",
            "ARGUS_TELEMETRY_MAX_BYTES": "\(Streams.defaultTelemetryBytes)",
            "RUN_LOST_AFTER": "24h",
            "ARGUS_RATE_LIMIT": "0",
            "ARGUS_LIVE_CLIENTS": "1000",
            "ARGUS_LIVE_ORIGINS": "",
            ConsoleFiles.variable: "",
        ].merging(InsightSettings.defaults) { own, _ in own }

    let http: HTTPSettings
    let bus: BusSettings
    let auth: AuthSettings
    let storage: StorageSettings
    let doors: DoorSettings
    let retention: RetentionSettings
    let deadLetters: DeadLetterSettings
    let live: LiveSettings
    let insight: InsightSettings
    /// Bytes of telemetry that may wait on the bus.
    let telemetryBytes: Int64
    /// A run of which nothing was heard for so long is lost.
    let runLostAfter: Duration
    /// Requests per second and credential to the query API; 0 is without limit.
    let rateLimit: Int
    /// Where the built web console is; nil serves none.
    let consoleDirectory: String?

    /// Reads everything; what is malformed is for `settings.validate()` to tell.
    init(_ settings: ServiceSettings) {
        http = HTTPSettings(settings)
        bus = BusSettings(settings)
        auth = AuthSettings(settings)
        storage = StorageSettings(settings)
        doors = DoorSettings(settings, http: http)
        retention = RetentionSettings(settings)
        deadLetters = DeadLetterSettings(settings)
        live = LiveSettings(settings)
        insight = InsightSettings(settings, http: http)
        telemetryBytes = Int64(settings.bytes("ARGUS_TELEMETRY_MAX_BYTES", in: (16 << 20)...(1 << 40)))
        runLostAfter = settings.duration("RUN_LOST_AFTER", in: .seconds(1)...(.seconds(3650 * 86_400)))
        rateLimit = settings.int("ARGUS_RATE_LIMIT", in: 0...100_000_000)
        consoleDirectory = settings.optionalString(ConsoleFiles.variable)
    }
}

/// The doors for OTLP.
struct DoorSettings: Sendable {
    /// Address that both bind to.
    let host: String
    /// Port of OTLP/gRPC; 0 takes a free one.
    let grpcPort: Int
    /// Port of OTLP/HTTP; 0 takes a free one.
    let httpPort: Int
    /// Largest request in bytes after decompression.
    let maximumRequest: Int
    /// Bytes of requests that may be on their way to the bus.
    let maximumInFlight: Int
    /// Origins whose pages may send from a browser; `*` is any.
    let corsOrigins: [String]

    init(_ settings: ServiceSettings, http: HTTPSettings) {
        host = settings.string("OTLP_HOST")
        grpcPort = settings.int("OTLP_GRPC_PORT", in: 0...65_535)
        httpPort = settings.int("OTLP_HTTP_PORT", in: 0...65_535)
        maximumRequest = settings.bytes("OTLP_MAX_REQUEST", in: 1_000...1_000_000_000)
        maximumInFlight = settings.bytes("OTLP_MAX_IN_FLIGHT", in: 1_000...100_000_000_000)
        corsOrigins = settings.list("OTLP_CORS_ORIGINS")
        if maximumInFlight < maximumRequest {
            settings.fail("OTLP_MAX_IN_FLIGHT", "must be at least OTLP_MAX_REQUEST, or the largest request could never pass")
        }
        if grpcPort != 0, grpcPort == httpPort { settings.fail("OTLP_HTTP_PORT", "must differ from OTLP_GRPC_PORT") }
        if http.port != 0, [grpcPort, httpPort].contains(http.port) {
            settings.fail(SettingName.httpPort, "must differ from OTLP_GRPC_PORT and OTLP_HTTP_PORT")
        }
    }
}

/// How long and how much telemetry is kept.
struct RetentionSettings: Sendable {
    /// Age after which telemetry is deleted.
    let age: Duration
    /// Bytes of stored telemetry beyond which the oldest is deleted; nil is without limit.
    let bytes: Int64?

    init(age: Duration, bytes: Int64?) {
        self.age = age
        self.bytes = bytes
    }

    init(_ settings: ServiceSettings) {
        age = .seconds(3600) * settings.int("RETENTION_HOURS", in: 1...876_000)
        let limit = settings.bytes("RETENTION_BYTES", in: 0...(1 << 50))
        bytes = limit == 0 ? nil : Int64(limit)
    }
}

/// What happens while the database fails.
struct DeadLetterSettings: Sendable {
    /// Where batches wait that the database did not take.
    let directory: String
    /// How long the database may fail before batches are put there.
    let after: Duration
    /// Time between attempts to insert them.
    let replayInterval: Duration

    init(_ settings: ServiceSettings) {
        directory = settings.string("DLQ_DIR")
        after = settings.duration("DLQ_AFTER", in: .milliseconds(100)...(.seconds(86_400)))
        replayInterval = settings.duration("DLQ_REPLAY_INTERVAL", in: .milliseconds(100)...(.seconds(86_400)))
    }
}

/// Live logs.
struct LiveSettings: Sendable {
    /// Clients that may follow at the same time.
    let clients: Int
    /// Origins beside our own whose pages may connect; `*` is any.
    let origins: [String]

    init(_ settings: ServiceSettings) {
        clients = settings.int("ARGUS_LIVE_CLIENTS", in: 1...100_000)
        origins = settings.list("ARGUS_LIVE_ORIGINS")
        for (index, origin) in origins.enumerated() where origin != "*" && !origin.hasPrefix("http://") && !origin.hasPrefix("https://") {
            settings.fail("ARGUS_LIVE_ORIGINS", "has an origin (number \(index + 1)) that is neither * nor begins with http:// or https://")
        }
    }
}
