// What a driver implements. Everything above it is shared.

/// A database system and one configured database of it.
protocol Driver: Sendable {
    var dialect: Dialect { get }
    /// How many connections there may be for bodies that read; nil if they share the writers'.
    var readerLimits: PoolLimits? { get }
    /// How many connections there may be for bodies that write.
    var writerLimits: PoolLimits { get }
    /// Connects; blocks. Runs on the thread that will own the connection.
    func connect(_ mode: TransactionMode) throws(StorageError) -> any DriverConnection
}

/// A connection, confined to the thread that opened it.
protocol DriverConnection: AnyObject {
    /// Whether the connection cannot be used any more.
    var isBroken: Bool { get }
    /// Whether a transaction is open and can still be committed.
    var isInTransaction: Bool { get }
    func execute(_ sql: String, _ parameters: [SQLValue]) throws(StorageError) -> Int
    func query(_ sql: String, _ parameters: [SQLValue], _ row: (SQLRow) throws -> Void) throws
    func lookUp(
        _ columns: [String], in table: String, by key: [String], _ keys: [[SQLValue]], _ row: (SQLRow) throws -> Void
    ) throws
    func executeScript(_ sql: String) throws(StorageError)
    func insert(into table: String, columns: [String], rows: [[SQLValue]], conflict: ConflictClause) throws(StorageError) -> Int
    func close()
}

extension DriverConnection {
    /// Checks that each row has a value for each column.
    func requireShape(of rows: [[SQLValue]], _ table: String, _ columns: [String]) throws(StorageError) {
        if let index = rows.firstIndex(where: { $0.count != columns.count }) {
            throw StorageError(
                .syntax, "row \(index) of an insert into \(table) has \(rows[index].count) values for \(columns.count) columns")
        }
    }
}
