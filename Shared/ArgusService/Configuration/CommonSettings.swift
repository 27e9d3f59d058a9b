// Groups of variables that several services share.

public import Logging

/// What a service runs for.
public enum ServiceEnvironment: String, Sendable, CaseIterable {
    /// Doors may be open, credentials may be missing.
    case development
    /// Nothing starts without its secrets.
    case production

    /// Reads `APP_ENV`.
    public init(_ settings: ServiceSettings) {
        self = settings.choice(SettingName.environment, ServiceEnvironment.self) ?? .production
    }
}

/// The HTTP door of a service.
public struct HTTPSettings: Sendable, Equatable {
    /// Address to bind to.
    public var host: String
    /// Port to bind to; 0 takes a free one.
    public var port: Int
    /// Largest request body in bytes that any route takes.
    public var maxBodyBytes: Int
    /// Time a client has to send a request's body.
    public var bodyTimeout: Duration
    /// Time a handler has until it starts to answer.
    public var requestTimeout: Duration
    /// Time after which a silent connection is closed; also bounds slow headers.
    public var idleTimeout: Duration
    /// Connections served at the same time; more wait to be accepted.
    public var maxConnections: Int

    /// Reads `HTTP_*`.
    public init(_ settings: ServiceSettings) {
        let timeouts: ClosedRange<Duration> = .milliseconds(10)...(.seconds(3600))
        host = settings.string(SettingName.httpHost)
        port = settings.int(SettingName.httpPort, in: 0...65_535)
        maxBodyBytes = settings.bytes(SettingName.httpMaxBody, in: 1_000...1_000_000_000)
        bodyTimeout = settings.duration(SettingName.httpBodyTimeout, in: timeouts)
        requestTimeout = settings.duration(SettingName.httpRequestTimeout, in: timeouts)
        idleTimeout = settings.duration(SettingName.httpIdleTimeout, in: timeouts)
        maxConnections = settings.int(SettingName.httpMaxConnections, in: 1...1_000_000)
    }
}

/// How to reach the bus; plain values, the bus module makes its own options of them.
public struct BusSettings: Sendable, Equatable {
    /// NATS servers, tried in turn.
    public var urls: [String]
    /// User name, with `password`.
    public var user: String?
    /// Password of `user`.
    public var password: Secret?
    /// Path of a credentials file.
    public var credentialsFile: String?
    /// Path of a file holding an nkey seed.
    public var nkeySeedFile: String?
    /// Path of the authority's certificate; turns TLS on.
    public var tlsCA: String?
    /// Path of the client's certificate.
    public var tlsCertificate: String?
    /// Path of the client's private key.
    public var tlsKey: String?

    /// Whether some way of identifying to the server is set.
    public var hasCredentials: Bool {
        (user != nil && password != nil) || credentialsFile != nil || nkeySeedFile != nil
    }

    /// Reads `NATS_*`. In production missing credentials are a problem.
    public init(_ settings: ServiceSettings) {
        urls = settings.list(SettingName.natsURL)
        user = settings.optionalString(SettingName.natsUser)
        password = settings.secret(SettingName.natsPassword)
        credentialsFile = settings.optionalString(SettingName.natsCredentials)
        nkeySeedFile = settings.optionalString(SettingName.natsSeed)
        tlsCA = settings.optionalString(SettingName.natsTLSAuthority)
        tlsCertificate = settings.optionalString(SettingName.natsTLSCertificate)
        tlsKey = settings.optionalString(SettingName.natsTLSKey)
        validate(settings)
    }

    private func validate(_ settings: ServiceSettings) {
        for (index, url) in urls.enumerated() where !url.hasPrefix("nats://") && !url.hasPrefix("tls://") {
            settings.fail(SettingName.natsURL, "has a server (number \(index + 1)) that does not start with nats:// or tls://")
        }
        if urls.isEmpty { settings.fail(SettingName.natsURL, "names no server") }
        if (user == nil) != (password == nil) {
            settings.fail(SettingName.natsUser, "and \(SettingName.natsPassword) must be set together")
        }
        if (tlsCertificate == nil) != (tlsKey == nil) {
            settings.fail(SettingName.natsTLSCertificate, "and \(SettingName.natsTLSKey) must be set together")
        }
        if ServiceEnvironment(settings) == .production, !hasCredentials {
            settings.fail(
                SettingName.environment,
                "is production, which needs NATS credentials: set NATS_USER and NATS_PASSWORD, NATS_CREDS or NATS_NKEY_SEED")
        }
    }
}

/// How a service logs.
public struct LogSettings: Sendable, Equatable {
    /// The shape of a log line.
    public enum Format: String, Sendable, CaseIterable {
        /// For people; coloured on a terminal.
        case text
        /// One JSON object per line.
        case json
    }

    /// Lowest level that is logged.
    public var level: Logger.Level
    /// Shape of the lines.
    public var format: Format

    /// Reads `LOG_LEVEL` and `LOG_FORMAT`.
    public init(_ settings: ServiceSettings) {
        level = settings.choice(SettingName.logLevel, Logger.Level.self) ?? .info
        format = settings.choice(SettingName.logFormat, Format.self) ?? .text
    }
}

/// Where a service keeps its data.
public struct StorageSettings: Sendable, Equatable {
    /// Which database.
    public enum Driver: String, Sendable, CaseIterable {
        /// A file beside the service.
        case sqlite
        /// A PostgreSQL server.
        case postgres
    }

    /// Which database.
    public var driver: Driver
    /// File name, or connection URL (which may hold a password, so it never prints).
    public var dsn: Secret

    /// Reads `DB_DRIVER` and `DB_DSN`.
    public init(_ settings: ServiceSettings) {
        driver = settings.choice(SettingName.databaseDriver, Driver.self) ?? .sqlite
        dsn = settings.secret(SettingName.databaseDSN) ?? Secret("")
        let isURL = dsn.value.hasPrefix("postgres://") || dsn.value.hasPrefix("postgresql://")
        let isKeywords = dsn.value.contains("=")
        if driver == .postgres, !isURL, !isKeywords {
            settings.fail(SettingName.databaseDSN, "must be a postgres:// URL where \(SettingName.databaseDriver) is postgres")
        } else if driver == .sqlite, isURL {
            settings.fail(SettingName.databaseDSN, "is a postgres:// URL, but \(SettingName.databaseDriver) is sqlite")
        }
    }
}
