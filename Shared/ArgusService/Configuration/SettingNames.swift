// The names of the environment variables that several services read, and the defaults of those that every service reads.

/// Environment variables that several services read.
public enum SettingName {
    /// `development` or `production`.
    public static let environment = "APP_ENV"
    /// Address the HTTP door binds to.
    public static let httpHost = "HTTP_HOST"
    /// Port the HTTP door binds to; 0 takes a free one.
    public static let httpPort = "HTTP_PORT"
    /// Largest request body any route takes.
    public static let httpMaxBody = "HTTP_MAX_BODY"
    /// Time a client has to send a request's body.
    public static let httpBodyTimeout = "HTTP_BODY_TIMEOUT"
    /// Time a handler has until it starts to answer.
    public static let httpRequestTimeout = "HTTP_REQUEST_TIMEOUT"
    /// Time after which a silent connection is closed.
    public static let httpIdleTimeout = "HTTP_IDLE_TIMEOUT"
    /// Connections served at the same time.
    public static let httpMaxConnections = "HTTP_MAX_CONNECTIONS"
    /// Lowest level that is logged.
    public static let logLevel = "LOG_LEVEL"
    /// `text` or `json`.
    public static let logFormat = "LOG_FORMAT"
    /// Comma-separated NATS servers.
    public static let natsURL = "NATS_URL"
    /// NATS user name.
    public static let natsUser = "NATS_USER"
    /// NATS password.
    public static let natsPassword = "NATS_PASSWORD"
    /// Path of a NATS credentials file.
    public static let natsCredentials = "NATS_CREDS"
    /// Path of a file holding an nkey seed.
    public static let natsSeed = "NATS_NKEY_SEED"
    /// Path of the certificate authority that signed the server's certificate.
    public static let natsTLSAuthority = "NATS_TLS_CA"
    /// Path of the client's certificate.
    public static let natsTLSCertificate = "NATS_TLS_CERT"
    /// Path of the client's private key.
    public static let natsTLSKey = "NATS_TLS_KEY"
    /// `sqlite` or `postgres`.
    public static let databaseDriver = "DB_DRIVER"
    /// File name (sqlite) or connection URL (postgres).
    public static let databaseDSN = "DB_DSN"
    /// Tokens that open the doors, `name:scope+scope:sha256hex`, comma-separated.
    public static let tokens = "ARGUS_TOKENS"

    /// Defaults of the variables above that every service reads, whatever it is. Those that only some read are among their own: tokens,
    /// the database.
    public static let commonDefaults: [String: String] = [
        environment: "development",
        httpHost: "127.0.0.1",
        httpPort: "8080",
        httpMaxBody: "8MB",
        httpBodyTimeout: "30s",
        httpRequestTimeout: "30s",
        httpIdleTimeout: "60s",
        httpMaxConnections: "4096",
        logLevel: "info",
        logFormat: "text",
        natsURL: "nats://127.0.0.1:4222",
        natsUser: "", natsPassword: "", natsCredentials: "", natsSeed: "",
        natsTLSAuthority: "", natsTLSCertificate: "", natsTLSKey: "",
    ]

    /// Every `ARGUS_*` variable that some part of the suite understands: one meant for a sibling is not warned about.
    public static let suiteWide: Set<String> = [
        tokens, "ARGUS_PARTITIONS", "ARGUS_LINGER", "ARGUS_RATE_LIMIT", "ARGUS_LEASE", "ARGUS_SNAPSHOT_INTERVAL",
        "ARGUS_SNAPSHOT_COMMITS", "ARGUS_EVENTS_MAX_BYTES", "ARGUS_RESOLVE_TIMEOUT", "ARGUS_NATS_SERVER", "ARGUS_HOME",
        "ARGUS_URL", "ARGUS_TOKEN", "ARGUS_ALERT_RETENTION", "ARGUS_WEBHOOK_ALLOW_PRIVATE", "ARGUS_WEBHOOK_TIMEOUT",
        "ARGUS_WEBHOOK_RETRY_FOR", "ARGUS_EXTERNAL_URL", "ARGUS_STREAM_CLIENTS",
        "ARGUS_TELEMETRY_MAX_BYTES", "ARGUS_LIVE_CLIENTS", "ARGUS_LIVE_ORIGINS",
    ]
}
