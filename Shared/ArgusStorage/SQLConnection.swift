// What the body of a transaction works with.

/// A connection inside a transaction. It is valid only inside the body of ``Database/read(_:)`` or ``Database/write(_:)``.
///
/// A call that fails dooms the transaction: it is rolled back even if the body goes on and returns.
/// Placeholders are `?` in every dialect; a literal `?` operator of PostgreSQL is written `??`.
/// Calls block, on a thread that belongs to the connection.
public protocol SQLConnection: AnyObject {
    /// The dialect of the database.
    var dialect: Dialect { get }

    /// Runs one statement. Statements with parameters are prepared once and cached.
    ///
    /// - Returns: the number of rows inserted, updated or deleted.
    @discardableResult
    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

    /// Runs one statement and maps its rows.
    func query<T>(_ sql: String, _ parameters: [SQLValue], _ row: (SQLRow) throws -> T) throws -> [T]

    /// Finds the rows of many keys, in no particular order, with one prepared statement. A key that is given twice is answered twice.
    ///
    /// - Parameters:
    ///   - columns: what to read of each row, plain identifiers.
    ///   - table: the table's name, a plain identifier.
    ///   - key: the columns that are compared, plain identifiers.
    ///   - keys: a value for each of these columns, in that order.
    func lookUp<T>(_ columns: [String], in table: String, by key: [String], _ keys: [[SQLValue]], _ row: (SQLRow) throws -> T) throws -> [T]

    /// Runs several statements, separated by semicolons, without parameters.
    func executeScript(_ sql: String) throws

    /// Inserts many rows with one prepared statement. The rows take effect one after the other, also where a key repeats among them.
    ///
    /// - Parameters:
    ///   - table: the table's name, a plain identifier.
    ///   - columns: the columns' names, plain identifiers.
    ///   - rows: a value for each column, in that order.
    ///   - conflict: what to do with rows that are there already.
    /// - Returns: the number of rows inserted or updated.
    @discardableResult
    func insert(into table: String, columns: [String], rows: [[SQLValue]], conflict: ConflictClause) throws -> Int
}

extension SQLConnection {
    /// Runs one statement without parameters.
    @discardableResult
    public func execute(_ sql: String) throws -> Int {
        try execute(sql, [])
    }

    /// Runs one statement without parameters and maps its rows.
    public func query<T>(_ sql: String, _ row: (SQLRow) throws -> T) throws -> [T] {
        try query(sql, [], row)
    }

    /// Runs one statement and maps its first row, nil if there is none.
    public func first<T>(_ sql: String, _ parameters: [SQLValue] = [], _ row: (SQLRow) throws -> T) throws -> T? {
        try query(sql, parameters, row).first
    }

    /// Inserts many rows that must not be there yet.
    @discardableResult
    public func insert(into table: String, columns: [String], rows: [[SQLValue]]) throws -> Int {
        try insert(into: table, columns: columns, rows: rows, conflict: .none)
    }
}
