// The database over one or two pools, whatever the driver.

import Logging

/// A database whose reads and writes run on the threads of pools.
final class PooledDatabase: Database {
    let dialect: Dialect
    private let readers: ConnectionPool?
    private let writers: ConnectionPool
    private let logger: Logger

    init(_ driver: any Driver, logger: Logger) {
        dialect = driver.dialect
        self.logger = logger
        readers = driver.readerLimits.map { ConnectionPool(driver, mode: .read, limits: $0, logger: logger) }
        writers = ConnectionPool(driver, mode: .write, limits: driver.writerLimits, logger: logger)
    }

    var statistics: StorageStatistics {
        var sum = writers.statistics
        if let more = readers?.statistics {
            sum.open += more.open
            sum.idle += more.idle
            sum.waiting += more.waiting
            sum.refused += more.refused
        }
        return sum
    }

    func read<T: Sendable>(_ body: @Sendable @escaping (any SQLConnection) throws -> T) async throws -> T {
        try await (readers ?? writers).run { try $0.transaction(.read, body) }
    }

    @discardableResult
    func write<T: Sendable>(_ body: @Sendable @escaping (any SQLConnection) throws -> T) async throws -> T {
        try await writers.run { try $0.transaction(.write, body) }
    }

    func migrate(_ migrations: [Migration]) async throws {
        let migrator = try Migrator(migrations)
        let applied = try await write { try migrator.run($0) }
        for migration in applied {
            logger.info(
                "Migration applied",
                metadata: ["module": "\(migration.module)", "id": "\(migration.id)", "name": "\(migration.name)"])
        }
    }

    func ping() async throws {
        let ping = dialect.ping
        // SQLite's readers cannot create the file that the writer opens.
        if readers != nil, writers.statistics.open == 0 { try await writers.run { try $0.script(ping) } }
        try await (readers ?? writers).run { try $0.script(ping) }
    }

    func size() async throws -> Int64 {
        let sql = dialect.size
        return try await read { try $0.first(sql) { try $0.integer(0) } ?? 0 }
    }

    func vacuum() async throws {
        let sql = dialect.vacuum
        try await writers.run { try $0.script(sql) }
    }

    func close() async {
        await readers?.close()
        await writers.close()
    }
}
