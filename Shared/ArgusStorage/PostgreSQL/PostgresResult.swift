// A result of PostgreSQL, held in memory as a whole.

import CPQ

/// Wraps a `PGresult *` and frees it.
final class PostgresResult: RowReader {
    private let handle: OpaquePointer?

    init(_ handle: OpaquePointer?) {
        self.handle = handle
    }

    deinit {
        PQclear(handle)
    }

    var rowCount: Int { Int(PQntuples(handle)) }
    var columnCount: Int { Int(PQnfields(handle)) }
    var columnTypes: [Oid] { (0..<PQnfields(handle)).map { PQftype(handle, $0) } }
    var hasOnlyBinaryColumns: Bool { columnTypes.allSatisfy(PostgresType.isBinary) }

    /// The number of rows that the command inserted, updated or deleted; 0 for a SELECT.
    var affected: Int {
        guard PQresultStatus(handle) == PGRES_COMMAND_OK || !String(cString: PQcmdStatus(handle)).hasPrefix("SELECT") else { return 0 }
        return Int(String(cString: PQcmdTuples(handle))) ?? 0
    }

    func columnName(_ column: Int) -> String {
        PQfname(handle, Int32(column)).map { String(cString: $0) } ?? ""
    }

    func isNull(row: Int, column: Int) -> Bool {
        PQgetisnull(handle, Int32(row), Int32(column)) == 1
    }

    func value(row: Int, column: Int) throws(StorageError) -> SQLValue {
        if isNull(row: row, column: column) { return .null }
        let (row, column) = (Int32(row), Int32(column))
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(handle, row, column), count: Int(PQgetlength(handle, row, column)))
        let type = PQftype(handle, column)
        return PQfformat(handle, column) == 1 ? Self.binary(bytes, type) : try Self.text(bytes, type)
    }

    private static func binary(_ bytes: UnsafeRawBufferPointer, _ type: Oid) -> SQLValue {
        func load<I: FixedWidthInteger>(_: I.Type) -> I {
            bytes.count == MemoryLayout<I>.size ? I(bigEndian: bytes.loadUnaligned(as: I.self)) : 0
        }
        switch type {
        case PostgresType.int8: return .integer(load(Int64.self))
        case PostgresType.int4: return .integer(Int64(load(Int32.self)))
        case PostgresType.int2: return .integer(Int64(load(Int16.self)))
        case PostgresType.oid: return .integer(Int64(load(UInt32.self)))
        case PostgresType.bool: return .integer(Int64(load(UInt8.self)))
        case PostgresType.float8: return .real(Double(bitPattern: load(UInt64.self)))
        case PostgresType.float4: return .real(Double(Float(bitPattern: load(UInt32.self))))
        case PostgresType.bytea: return .blob(Array(bytes))
        default: return .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func text(_ bytes: UnsafeRawBufferPointer, _ type: Oid) throws(StorageError) -> SQLValue {
        let text = String(decoding: bytes, as: UTF8.self)
        switch type {
        case PostgresType.int8, PostgresType.int4, PostgresType.int2, PostgresType.oid:
            guard let integer = Int64(text) else { throw unreadable(text, "an integer") }
            return .integer(integer)
        case PostgresType.bool:
            return .integer(text == "t" ? 1 : 0)
        case PostgresType.numeric:
            // SUM of integers is numeric.
            if let integer = Int64(text) { return .integer(integer) }
            guard let real = Double(text) else { throw unreadable(text, "a number") }
            return .real(real)
        case PostgresType.float8, PostgresType.float4:
            guard let real = Double(text) else { throw unreadable(text, "a number") }
            return .real(real)
        case PostgresType.bytea:
            guard let bytes = hexadecimal(bytes) else { throw unreadable("bytea", "bytes in hexadecimal") }
            return .blob(bytes)
        default:
            return .text(text)
        }
    }

    private static func unreadable(_ text: String, _ wanted: String) -> StorageError {
        StorageError(.typeMismatch, "PostgreSQL sent \(text.prefix(50)) where \(wanted) was expected")
    }

    private static func hexadecimal(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.starts(with: "\\x".utf8), text.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        for index in stride(from: 2, to: text.count, by: 2) {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
