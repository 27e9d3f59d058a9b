// What a service says about its database.

/// Which database to open, and how many connections to it.
public struct StorageConfiguration: Sendable {
    /// The database systems there are drivers for.
    public enum Driver: String, Sendable, Hashable, CaseIterable {
        /// SQLite, a file.
        case sqlite
        /// PostgreSQL, a server.
        case postgres
    }

    /// The database system.
    public var driver: Driver
    /// SQLite: the file's path, also as `sqlite:path`. PostgreSQL: a `postgres://` address or a libpq connection string.
    public var dsn: String
    /// SQLite: connections for reading, beside the one that writes.
    public var readers = 4
    /// SQLite: pages of 4 KiB that the write-ahead log takes before they are moved to the file. Pages that are written again and again,
    /// as those of an index on random values, are moved once for all of them, so more pages cost less; 16,000 are 64 MiB.
    public var checkpointPages = 1000
    /// PostgreSQL: the most connections open at once.
    public var maximumOpen = 50
    /// PostgreSQL: the most connections kept while nothing uses them.
    public var maximumIdle = 10
    /// PostgreSQL: a connection older than this is replaced before its next use.
    public var connectionLifetime: Duration = .seconds(3600)
    /// The most calls that wait for a connection; further ones are refused with ``StorageError/Code/busy``.
    public var maximumWaiting = 10_000
    /// How long a writer waits for another process's lock.
    public var busyTimeout: Duration = .seconds(5)
    /// PostgreSQL: how long a statement may run, nil for ever.
    public var statementTimeout: Duration?
    /// PostgreSQL: how long connecting may take, at least 2 s.
    public var connectTimeout: Duration = .seconds(5)
    /// PostgreSQL: the name shown in `pg_stat_activity`.
    public var applicationName = "argus"

    /// Makes a configuration with the defaults.
    public init(driver: Driver, dsn: String) {
        self.driver = driver
        self.dsn = dsn
    }

    /// Checks what depends on more than a type.
    public func validate() throws(StorageError) {
        func require(_ condition: Bool, _ sentence: String) throws(StorageError) {
            if !condition { throw StorageError(.configuration, sentence) }
        }
        try require(!dsn.isEmpty, "the database's DSN is empty")
        try require(readers >= 1, "readers is \(readers) and must be at least 1")
        try require((1...1_000_000).contains(checkpointPages), "checkpointPages is \(checkpointPages) and must be 1 to 1,000,000")
        try require(maximumOpen >= 1, "maximumOpen is \(maximumOpen) and must be at least 1")
        try require(maximumIdle >= 0, "maximumIdle is \(maximumIdle) and must not be negative")
        try require(maximumWaiting >= 1, "maximumWaiting is \(maximumWaiting) and must be at least 1")
        try require(connectionLifetime > .zero, "connectionLifetime must be more than zero")
    }
}

extension Duration {
    /// The duration in whole milliseconds.
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
