// Where database systems differ in SQL. One file per dialect fills this in; nothing else asks which driver it is.

/// How a transaction begins.
enum TransactionMode: Sendable {
    case read
    case write
}

/// The types and phrases of one database system's SQL.
public struct Dialect: Sendable {
    /// The driver that speaks it; for choosing between scripts, as in ``Migration``.
    public let driver: StorageConfiguration.Driver
    /// The column type of a 64-bit integer.
    public let bigint: String
    /// The column type of a double.
    public let real: String
    /// The column type of text.
    public let text: String
    /// The column type of a JSON document, kept exactly as written.
    public let json: String
    /// The column type of bytes.
    public let blob: String
    /// The whole definition, after the column's name, of a primary key that the database numbers.
    public let identity: String
    /// The operator for patterns that ignores the case of letters (in SQLite, of ASCII letters).
    public let like: String
    /// What a SELECT ends with to lock its rows; empty where a write transaction has everything to itself.
    public let rowLock: String
    /// The function of the largest of its arguments.
    public let greatest: String
    /// The function of the smallest of its arguments.
    public let least: String

    /// What CREATE TABLE ends with for a table that is kept in the order of its primary key, where there is such a thing.
    public let clustered: String

    let beginRead: String
    let beginWrite: String
    let migrationLock: String?
    let ping: String
    let size: String
    let vacuum: String
    /// A statement that keeps a column's large values as they are; nil where they are never compressed.
    let storeUncompressed: (@Sendable (_ table: String, _ column: String) -> String)?
    let textIndex: TextIndexDialect
    let deleteAll: @Sendable (_ table: String) -> String
    /// Rewrites `?` placeholders; nil if there is nothing to rewrite.
    let placeholders: (@Sendable (String) -> (sql: String, count: Int))?

    /// A statement, with its semicolon, after which a column's large values are stored as they are: for what is compressed already,
    /// or read in pieces. Empty where the database never compresses.
    public func uncompressed(_ column: String, of table: String) -> String {
        storeUncompressed.map { $0(table, column) + ";" } ?? ""
    }

    /// The fastest statement that deletes all rows of a table, within a transaction. Others may have to wait for it.
    public func emptying(_ table: String) -> String {
        deleteAll(table)
    }

    func begin(_ mode: TransactionMode) -> String {
        switch mode {
        case .read: beginRead
        case .write: beginWrite
        }
    }
}

extension Dialect: Equatable {
    /// Dialects are the same if their driver is.
    public static func == (left: Dialect, right: Dialect) -> Bool {
        left.driver == right.driver
    }
}

// SQLite and PostgreSQL write upserts alike; a system that does not gets a hook in `Dialect`.
extension Dialect {
    /// The start of an insert: `INSERT INTO table (columns) `.
    func insertHead(into table: String, columns: [String]) throws(StorageError) -> String {
        for name in [table] + columns where !Dialect.isIdentifier(name) {
            throw StorageError(.syntax, "\"\(name)\" is not a plain identifier")
        }
        guard !columns.isEmpty else { throw StorageError(.syntax, "an insert into \(table) names no columns") }
        return "INSERT INTO \(table) (\(columns.joined(separator: ", "))) "
    }

    /// The end of an insert.
    func conflict(_ clause: ConflictClause) throws(StorageError) -> String {
        switch clause {
        case .none:
            return ""
        case .ignore(let columns):
            try Dialect.requireIdentifiers(columns)
            return columns.isEmpty ? " ON CONFLICT DO NOTHING" : " ON CONFLICT (\(columns.joined(separator: ", "))) DO NOTHING"
        case .update(let columns, let set, let expressions, let condition):
            try Dialect.requireIdentifiers(columns + set)
            let assignments = set.map { "\($0) = excluded.\($0)" } + expressions
            guard !columns.isEmpty, !assignments.isEmpty else {
                throw StorageError(.syntax, "an update on conflict needs columns and assignments")
            }
            return " ON CONFLICT (\(columns.joined(separator: ", "))) DO UPDATE SET \(assignments.joined(separator: ", "))"
                + (condition.map { " WHERE \($0)" } ?? "")
        }
    }

    static func requireIdentifiers(_ names: [String]) throws(StorageError) {
        for name in names where !isIdentifier(name) {
            throw StorageError(.syntax, "\"\(name)\" is not a plain identifier")
        }
    }

    private static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }
}
