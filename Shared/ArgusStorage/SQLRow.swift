// A row of a result, read by column index.

/// What a driver implements for rows.
protocol RowReader: AnyObject {
    /// The value at a column of the row.
    func value(row: Int, column: Int) throws(StorageError) -> SQLValue
    /// Whether the value is NULL.
    func isNull(row: Int, column: Int) -> Bool
    var columnCount: Int { get }
    func columnName(_ column: Int) -> String
}

/// A row of a result. It is valid only inside the closure that it was passed to.
public struct SQLRow {
    let reader: any RowReader
    let row: Int

    /// The number of columns.
    public var count: Int { reader.columnCount }

    /// Whether the column is NULL.
    public func isNull(_ column: Int) -> Bool {
        reader.isNull(row: row, column: column)
    }

    /// The column's value, whatever its type.
    public func value(_ column: Int) throws(StorageError) -> SQLValue {
        guard column >= 0, column < count else {
            throw StorageError(.syntax, "column \(column) was asked for in a row of \(count)")
        }
        return try reader.value(row: row, column: column)
    }

    /// The column as an integer.
    public func integer(_ column: Int) throws(StorageError) -> Int64 {
        let value = try value(column)
        guard case .integer(let integer) = value else { throw mismatch(column, "integer", value) }
        return integer
    }

    /// The column as an integer, or nil for NULL.
    public func optionalInteger(_ column: Int) throws(StorageError) -> Int64? {
        isNull(column) ? nil : try integer(column)
    }

    /// The column as a double; an integer is widened.
    public func real(_ column: Int) throws(StorageError) -> Double {
        switch try value(column) {
        case .real(let real): return real
        case .integer(let integer): return Double(integer)
        case let value: throw mismatch(column, "real", value)
        }
    }

    /// The column as a double, or nil for NULL.
    public func optionalReal(_ column: Int) throws(StorageError) -> Double? {
        isNull(column) ? nil : try real(column)
    }

    /// The column as text.
    public func text(_ column: Int) throws(StorageError) -> String {
        let value = try value(column)
        guard case .text(let text) = value else { throw mismatch(column, "text", value) }
        return text
    }

    /// The column as text, or nil for NULL.
    public func optionalText(_ column: Int) throws(StorageError) -> String? {
        isNull(column) ? nil : try text(column)
    }

    /// The column as bytes.
    public func blob(_ column: Int) throws(StorageError) -> [UInt8] {
        let value = try value(column)
        guard case .blob(let bytes) = value else { throw mismatch(column, "blob", value) }
        return bytes
    }

    /// The column as bytes, or nil for NULL.
    public func optionalBlob(_ column: Int) throws(StorageError) -> [UInt8]? {
        isNull(column) ? nil : try blob(column)
    }

    /// The column as a truth value: an integer other than 0.
    public func bool(_ column: Int) throws(StorageError) -> Bool {
        try integer(column) != 0
    }

    private func mismatch(_ column: Int, _ wanted: String, _ value: SQLValue) -> StorageError {
        StorageError(
            .typeMismatch, "column \(column) (\(reader.columnName(column))) was asked for as \(wanted) and holds \(value.typeName)")
    }
}
