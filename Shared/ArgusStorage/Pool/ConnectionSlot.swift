// The place of one connection on one thread.

import Logging

/// Holds a worker's connection, opens it when it is needed, and throws it away when it broke or grew old.
///
/// Belongs to the worker's thread.
final class ConnectionSlot {
    private let driver: any Driver
    private let mode: TransactionMode
    private let lifetime: Duration?
    private let logger: Logger
    private var connection: (any DriverConnection)?
    private var openedAt = ContinuousClock.now

    init(driver: any Driver, mode: TransactionMode, lifetime: Duration?, logger: Logger) {
        self.driver = driver
        self.mode = mode
        self.lifetime = lifetime
        self.logger = logger
    }

    /// Runs a body as one transaction.
    func transaction<T>(_ mode: TransactionMode, _ body: (any SQLConnection) throws -> T) throws -> T {
        let connection = try ready(driver.dialect.begin(mode))
        defer { discardIfBroken() }
        return try Session.complete(connection, driver.dialect, body)
    }

    /// Runs statements outside of a transaction.
    func script(_ sql: String) throws {
        _ = try ready(sql)
    }

    /// Closes the connection.
    func close() {
        connection?.close()
        connection = nil
    }

    /// A connection that has just run a first statement.
    ///
    /// A connection that was idle may have died unnoticed; nothing has happened on it yet, so a new one takes its place once.
    private func ready(_ first: String) throws(StorageError) -> any DriverConnection {
        if let lifetime, connection != nil, openedAt.duration(to: .now) > lifetime { close() }
        let isFresh = connection == nil
        do {
            return try run(first)
        } catch {
            discardIfBroken()
            guard !isFresh, connection == nil else { throw error }
            logger.warning("A database connection was lost and is opened anew", metadata: ["error": "\(error)"])
        }
        do {
            return try run(first)
        } catch {
            discardIfBroken()
            throw error
        }
    }

    private func run(_ first: String) throws(StorageError) -> any DriverConnection {
        let connection = if let current = connection { current } else { try open() }
        try connection.executeScript(first)
        return connection
    }

    private func open() throws(StorageError) -> any DriverConnection {
        let opened = try driver.connect(mode)
        connection = opened
        openedAt = .now
        return opened
    }

    private func discardIfBroken() {
        if connection?.isBroken == true { close() }
    }
}
