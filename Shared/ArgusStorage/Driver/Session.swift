// The connection as a transaction's body sees it.

/// Passes calls on while its transaction lasts, and remembers the first that failed.
final class Session: SQLConnection {
    let dialect: Dialect
    private let driver: any DriverConnection
    private var isOpen = true
    private var failure: StorageError?

    init(_ driver: any DriverConnection, dialect: Dialect) {
        self.driver = driver
        self.dialect = dialect
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try guarded { try driver.execute(sql, parameters) }
    }

    func query<T>(_ sql: String, _ parameters: [SQLValue], _ row: (SQLRow) throws -> T) throws -> [T] {
        var rows: [T] = []
        try guarded { try driver.query(sql, parameters) { rows.append(try row($0)) } }
        return rows
    }

    func lookUp<T>(
        _ columns: [String], in table: String, by key: [String], _ keys: [[SQLValue]], _ row: (SQLRow) throws -> T
    ) throws -> [T] {
        var rows: [T] = []
        try guarded { try driver.lookUp(columns, in: table, by: key, keys) { rows.append(try row($0)) } }
        return rows
    }

    func executeScript(_ sql: String) throws {
        try guarded { try driver.executeScript(sql) }
    }

    func insert(into table: String, columns: [String], rows: [[SQLValue]], conflict: ConflictClause) throws -> Int {
        try guarded { try driver.insert(into: table, columns: columns, rows: rows, conflict: conflict) }
    }

    /// Runs a body as one transaction on a connection where one has just begun.
    static func complete<T>(
        _ driver: any DriverConnection, _ dialect: Dialect, _ body: (any SQLConnection) throws -> T
    ) throws -> T {
        let session = Session(driver, dialect: dialect)
        defer { session.isOpen = false }
        do {
            let value = try body(session)
            if let failure = session.failure { throw failure }
            guard driver.isInTransaction else {
                throw StorageError(.other, "the body of a transaction ended it by a statement of its own")
            }
            try driver.executeScript("COMMIT")
            return value
        } catch {
            session.rollBack()
            throw error
        }
    }

    private func rollBack() {
        guard !driver.isBroken else { return }
        // SQLite ends a transaction by itself when the disk is full; then there is nothing to roll back.
        try? driver.executeScript("ROLLBACK")
    }

    private func guarded<T>(_ call: () throws -> T) throws -> T {
        guard isOpen else { throw StorageError(.closed, "a connection was used after its transaction") }
        do {
            return try call()
        } catch {
            if failure == nil { failure = error as? StorageError }
            throw error
        }
    }
}
