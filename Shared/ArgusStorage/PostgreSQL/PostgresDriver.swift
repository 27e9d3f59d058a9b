// PostgreSQL as a driver: one pool for all.

/// One PostgreSQL database.
struct PostgresDriver: Driver {
    private let configuration: StorageConfiguration

    init(_ configuration: StorageConfiguration) {
        self.configuration = configuration
    }

    var dialect: Dialect { .postgres }
    var readerLimits: PoolLimits? { nil }
    var writerLimits: PoolLimits {
        PoolLimits(
            open: configuration.maximumOpen, idle: configuration.maximumIdle, waiting: configuration.maximumWaiting,
            lifetime: configuration.connectionLifetime)
    }

    func connect(_ mode: TransactionMode) throws(StorageError) -> any DriverConnection {
        // libpq would take anything else for the name of a database on the local socket.
        guard dsn.contains("=") || dsn.hasPrefix("postgres://") || dsn.hasPrefix("postgresql://") else {
            throw StorageError(.configuration, "the DSN is neither a postgres:// address nor a list of keyword=value")
        }
        let connection = try PostgresConnection(parameters: parameters)
        do {
            try connection.executeScript(
                """
                SET client_min_messages = warning; SET lock_timeout = \(configuration.busyTimeout.milliseconds);
                SET statement_timeout = \(configuration.statementTimeout?.milliseconds ?? 0)
                """)
        } catch {
            connection.close()
            throw error
        }
        return connection
    }

    private var dsn: String { configuration.dsn }

    /// What stands before `dbname` may be overridden by the DSN, what stands after it may not.
    private var parameters: [(String, String)] {
        [
            ("fallback_application_name", configuration.applicationName),
            ("connect_timeout", "\(max(2, configuration.connectTimeout.milliseconds / 1000))"),
            ("keepalives_idle", "30"),
            ("keepalives_interval", "10"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"),
            ("dbname", dsn),
            ("client_encoding", "UTF8"),
        ]
    }
}
