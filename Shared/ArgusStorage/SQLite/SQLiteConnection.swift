// A connection to a SQLite file, on one thread.

import CSQLite
import Foundation

/// Wraps a `sqlite3 *`, opened without SQLite's own mutexes because only one thread uses it.
final class SQLiteConnection: DriverConnection {
    private var handle: OpaquePointer?
    private var statements = StatementCache<SQLiteStatement>(capacity: 128)
    private let log: LogGrowth
    private static let isConfigured = csqlite_without_memory_statistics() == SQLITE_OK

    init(path: String, mode: TransactionMode, busyTimeout: Duration, checkpointPages: Int) throws(StorageError) {
        log = LogGrowth(limit: checkpointPages, busyTimeout: busyTimeout)
        _ = Self.isConfigured
        let creates = mode == .write ? SQLITE_OPEN_CREATE : 0
        let result = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | creates | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard result == SQLITE_OK, let handle else {
            let error = StorageError.sqlite(self.handle, result, "opening \(path)")
            close()
            throw error
        }
        sqlite3_busy_timeout(handle, Int32(clamping: busyTimeout.milliseconds))
        // The one writer goes through every index of a table: more of them in memory means fewer pages read again and again.
        let cache = mode == .write ? 65_536 : 8_000
        do {
            try useWriteAheadLog(within: busyTimeout)
            try executeScript(
                """
                PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -\(cache);
                PRAGMA secure_delete = OFF; PRAGMA journal_size_limit = 67108864; PRAGMA query_only = \(mode == .read ? "ON" : "OFF")
                """)
        } catch {
            close()
            throw error
        }
        if mode == .write { log.watch(handle) }
    }

    deinit {
        close()
    }

    var isBroken: Bool { handle == nil }

    var isInTransaction: Bool { handle.map { sqlite3_get_autocommit($0) == 0 } ?? false }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws(StorageError) -> Int {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(parameters)
        return try changes { () throws(StorageError) in while try statement.step() {} }
    }

    func query(_ sql: String, _ parameters: [SQLValue], _ row: (SQLRow) throws -> Void) throws {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(parameters)
        while try statement.step() { try row(SQLRow(reader: statement, row: 0)) }
    }

    func lookUp(
        _ columns: [String], in table: String, by key: [String], _ keys: [[SQLValue]], _ row: (SQLRow) throws -> Void
    ) throws {
        try Dialect.requireIdentifiers(columns + key + [table])
        try requireShape(of: keys, table, key)
        let condition = key.map { "\($0) = ?" }.joined(separator: " AND ")
        let statement = try prepared("SELECT \(columns.joined(separator: ", ")) FROM \(table) WHERE \(condition)")
        defer { statement.reset() }
        for key in keys {
            try statement.bind(key)
            while try statement.step() { try row(SQLRow(reader: statement, row: 0)) }
            statement.reset()
        }
    }

    func executeScript(_ sql: String) throws(StorageError) {
        let result = sqlite3_exec(handle, sql, nil, nil, nil)
        guard result == SQLITE_OK else { throw StorageError.sqlite(handle, result, StorageError.excerpt(sql)) }
    }

    func insert(into table: String, columns: [String], rows: [[SQLValue]], conflict: ConflictClause) throws(StorageError) -> Int {
        let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        let sql = try Dialect.sqlite.insertHead(into: table, columns: columns) + "VALUES (\(marks))" + Dialect.sqlite.conflict(conflict)
        try requireShape(of: rows, table, columns)
        let statement = try prepared(sql)
        defer { statement.reset() }
        var count = 0
        for row in rows {
            try statement.bind(row)
            count += try changes { () throws(StorageError) in while try statement.step() {} }
            statement.reset()
        }
        return count
    }

    func close() {
        guard let handle else { return }
        for statement in statements.removeAll() { statement.finalize() }
        sqlite3_close_v2(handle)
        self.handle = nil
    }

    /// Switching to the log is not covered by the busy timeout when two programs open a new file at once.
    private func useWriteAheadLog(within timeout: Duration) throws(StorageError) {
        let deadline = ContinuousClock.now + timeout
        while true {
            let result = sqlite3_exec(handle, "PRAGMA journal_mode = WAL", nil, nil, nil)
            if result == SQLITE_OK { return }
            guard result & 0xFF == SQLITE_BUSY, ContinuousClock.now < deadline else {
                throw StorageError.sqlite(handle, result, "switching to the write-ahead log")
            }
            Thread.sleep(forTimeInterval: 0.005)
        }
    }

    /// `sqlite3_changes` keeps its last value when a statement changes nothing by nature, so the total tells whether it counts.
    private func changes(_ run: () throws(StorageError) -> Void) throws(StorageError) -> Int {
        let before = sqlite3_total_changes64(handle)
        try run()
        return sqlite3_total_changes64(handle) == before ? 0 : Int(sqlite3_changes64(handle))
    }

    /// A statement from the cache, or a new one if that text is being stepped through by a caller further up.
    private func prepared(_ sql: String) throws(StorageError) -> SQLiteStatement {
        if let cached = statements[sql], !cached.isBusy { return cached }
        let statement = try SQLiteStatement(handle, sql)
        if let evicted = statements.insert(statement, for: sql), !evicted.isBusy { evicted.finalize() }
        return statement
    }
}
