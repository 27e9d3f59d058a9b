// A prepared statement of SQLite, which is also the row it stands on.

import CSQLite

/// Wraps a `sqlite3_stmt *` on its connection's thread.
final class SQLiteStatement: RowReader {
    private var handle: OpaquePointer?
    private let connection: OpaquePointer?
    private let sql: String
    /// Whether rows are being read from it.
    private(set) var isBusy = false

    /// `SQLITE_TRANSIENT`, which Swift cannot import: SQLite copies the bytes at once.
    private static let copying = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ connection: OpaquePointer?, _ sql: String) throws(StorageError) {
        self.connection = connection
        self.sql = sql
        var rest = false
        let result = sql.withCString { text in
            var tail: UnsafePointer<CChar>?
            let result = sqlite3_prepare_v3(connection, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, &tail)
            rest = tail.map { String(cString: $0).contains { !$0.isWhitespace && $0 != ";" } } ?? false
            return result
        }
        guard result == SQLITE_OK else { throw StorageError.sqlite(connection, result, StorageError.excerpt(sql)) }
        guard handle != nil, !rest else {
            finalize()
            throw StorageError(.syntax, "one statement is expected: \(StorageError.excerpt(sql))", sqlState: "42601")
        }
    }

    deinit {
        finalize()
    }

    func finalize() {
        sqlite3_finalize(handle)
        handle = nil
    }

    func reset() {
        sqlite3_reset(handle)
        isBusy = false
    }

    func bind(_ values: [SQLValue]) throws(StorageError) {
        let expected = Int(sqlite3_bind_parameter_count(handle))
        guard values.count == expected else {
            throw StorageError(
                .syntax, "\(expected) parameters are expected and \(values.count) given: \(StorageError.excerpt(sql))", sqlState: "08P01")
        }
        for index in values.indices {
            let result = try bind(values[index], at: Int32(index + 1))
            guard result == SQLITE_OK else { throw StorageError.sqlite(connection, result, "binding parameter \(index)") }
        }
    }

    /// Moves to the next row; false after the last.
    func step() throws(StorageError) -> Bool {
        isBusy = true
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let result: throw StorageError.sqlite(connection, result, StorageError.excerpt(sql))
        }
    }

    var columnCount: Int { Int(sqlite3_column_count(handle)) }

    func columnName(_ column: Int) -> String {
        sqlite3_column_name(handle, Int32(column)).map { String(cString: $0) } ?? ""
    }

    func isNull(row: Int, column: Int) -> Bool {
        sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
    }

    func value(row: Int, column: Int) throws(StorageError) -> SQLValue {
        let column = Int32(column)
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER:
            return .integer(sqlite3_column_int64(handle, column))
        case SQLITE_FLOAT:
            return .real(sqlite3_column_double(handle, column))
        case SQLITE_TEXT:
            let start = sqlite3_column_text(handle, column)
            return .text(
                String(decoding: UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(handle, column)
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))))
        default:
            return .null
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) throws(StorageError) -> Int32 {
        switch value {
        case .null:
            return sqlite3_bind_null(handle, index)
        case .integer(let integer):
            return sqlite3_bind_int64(handle, index, integer)
        case .real(let real):
            guard !real.isNaN else { throw StorageError(.invalidValue, "parameter \(index - 1) is not a number") }
            return sqlite3_bind_double(handle, index, real)
        case .text(let text):
            var storable = text.storable
            return storable.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) { bytes in
                    sqlite3_bind_text64(
                        handle, index, bytes.baseAddress, UInt64(bytes.count), Self.copying, UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), Self.copying)
            }
        }
    }
}
