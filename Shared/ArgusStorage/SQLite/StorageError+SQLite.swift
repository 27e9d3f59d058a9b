// SQLite's result codes as errors.

import CSQLite

extension StorageError {
    /// The error of a result code, with SQLite's own sentence.
    static func sqlite(_ connection: OpaquePointer?, _ result: Int32, _ attempt: String) -> StorageError {
        let said = connection.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(result))
        return StorageError(code(result), "\(said) (\(attempt))", sqlState: state(result))
    }

    /// The beginning of a statement, for messages.
    static func excerpt(_ sql: String) -> String {
        let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= 200 ? line : line.prefix(200) + "..."
    }

    private static func code(_ result: Int32) -> Code {
        switch result & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_FULL: .full
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupted
        case SQLITE_IOERR, SQLITE_NOMEM, SQLITE_PROTOCOL: .unavailable
        case SQLITE_CANTOPEN: .configuration
        case SQLITE_READONLY: .readOnly
        case SQLITE_PERM, SQLITE_AUTH: .denied
        case SQLITE_ERROR, SQLITE_RANGE: .syntax
        case SQLITE_MISMATCH, SQLITE_TOOBIG: .invalidValue
        case SQLITE_INTERRUPT: .cancelled
        case SQLITE_MISUSE: .closed
        default: .other
        }
    }

    private static func state(_ result: Int32) -> String? {
        // The extended codes are macros that Swift does not import: SQLITE_CONSTRAINT | (n << 8).
        guard result & 0xFF == SQLITE_CONSTRAINT else { return nil }
        switch result >> 8 {
        case 1: return "23514"
        case 3: return "23503"
        case 5: return "23502"
        case 6, 8, 10: return "23505"
        default: return "23000"
        }
    }
}
