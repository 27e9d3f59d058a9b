// The interface every driver offers, and how a database is opened.

public import Logging

/// A database that any number of tasks may use at once.
///
/// Bodies run on threads of their own, never on the cooperative pool. A task that is cancelled while it waits for a connection
/// throws ``StorageError/Code/cancelled`` and nothing of it runs; a body that has begun completes.
/// A database keeps its threads until it is closed.
public protocol Database: Sendable {
    /// The dialect of the database.
    var dialect: Dialect { get }

    /// How many connections there are and what they do, for metrics.
    var statistics: StorageStatistics { get }

    /// Runs a body that sees one snapshot of the database and cannot write.
    func read<T: Sendable>(_ body: @Sendable @escaping (any SQLConnection) throws -> T) async throws -> T

    /// Runs a body as one transaction: committed if the body returns, rolled back if it throws.
    ///
    /// If the connection is lost during the commit, ``StorageError/Code/unavailable`` is thrown and the outcome is unknown:
    /// write so that doing it again is harmless.
    @discardableResult
    func write<T: Sendable>(_ body: @Sendable @escaping (any SQLConnection) throws -> T) async throws -> T

    /// Brings the schema up to date, in one transaction and under a lock that other programs respect too.
    ///
    /// A database that is newer than the program is refused with ``StorageError/Code/incompatible``.
    func migrate(_ migrations: [Migration]) async throws

    /// Asks the database a trivial question.
    func ping() async throws

    /// The size of the database in bytes.
    func size() async throws -> Int64

    /// Gives space that deleted rows held back to the system, as far as the database can.
    func vacuum() async throws

    /// Refuses new calls and waiting ones with ``StorageError/Code/closed``, waits for bodies that run, and closes every connection.
    func close() async
}

/// How many connections a database has and what they do.
public struct StorageStatistics: Sendable, Equatable {
    /// Connections and the threads that hold them.
    public var open = 0
    /// Those that nothing uses.
    public var idle = 0
    /// Calls that wait for a connection.
    public var waiting = 0
    /// Calls refused so far because too many were waiting.
    public var refused = 0

    /// Numbers as they are known.
    public init(open: Int = 0, idle: Int = 0, waiting: Int = 0, refused: Int = 0) {
        self.open = open
        self.idle = idle
        self.waiting = waiting
        self.refused = refused
    }
}

/// Opens a database, creating a SQLite file that does not exist, and checks that it answers.
///
/// - Throws: ``StorageError``; `isRetriable` tells whether waiting for the database may help.
public func openDatabase(_ configuration: StorageConfiguration, logger: Logger) async throws(StorageError) -> any Database {
    try configuration.validate()
    let driver: any Driver =
        switch configuration.driver {
        case .sqlite: SQLiteDriver(configuration)
        case .postgres: PostgresDriver(configuration)
        }
    let database = PooledDatabase(driver, logger: logger)
    do {
        try await database.ping()
    } catch {
        await database.close()
        throw error as? StorageError ?? StorageError(.other, "opening the database failed: \(error)", cause: error)
    }
    return database
}
