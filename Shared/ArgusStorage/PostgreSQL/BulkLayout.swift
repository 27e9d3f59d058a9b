// Rows as arrays, one per column: what a bulk insert sends to PostgreSQL.

import CPQ

/// A column of a bulk insert.
struct BulkColumn {
    /// The form in which values travel.
    enum Wire {
        case integer
        case real
        case bytes
        case text

        var arrayType: Oid {
            switch self {
            case .integer: PostgresType.int8Array
            case .real: PostgresType.float8Array
            case .bytes: PostgresType.byteaArray
            case .text: PostgresType.textArray
            }
        }

        var elementType: Oid {
            switch self {
            case .integer: PostgresType.int8
            case .real: PostgresType.float8
            case .bytes: PostgresType.bytea
            case .text: PostgresType.text
            }
        }
    }

    let name: String
    let wire: Wire
    /// The type to cast to, where assigning does not convert by itself.
    let cast: String?

    init(name: String, type: Oid, typeName: String) {
        self.name = name
        switch type {
        case PostgresType.int8, PostgresType.int4, PostgresType.int2: (wire, cast) = (.integer, nil)
        case PostgresType.float8, PostgresType.float4: (wire, cast) = (.real, nil)
        case PostgresType.bytea: (wire, cast) = (.bytes, nil)
        case PostgresType.text, PostgresType.varchar: (wire, cast) = (.text, nil)
        default: (wire, cast) = (.text, typeName)
        }
    }
}

/// The columns of a bulk insert and how their values are sent: one binary array for each, unnested by the server.
///
/// One statement serves any number of rows, so it is prepared once.
struct BulkLayout {
    private(set) var columns: [BulkColumn] = []

    mutating func append(_ column: BulkColumn) {
        columns.append(column)
    }

    /// The SELECT that turns the arrays into rows again.
    var source: String {
        let items = columns.indices.map { index in
            "u.\(Self.alias(index))" + (columns[index].cast.map { "::\($0) AS \(Self.alias(index))" } ?? "")
        }
        let names = columns.indices.map(Self.alias)
        let arrays = columns.indices.map { "$\($0 + 1)" }
        return
            "SELECT \(items.joined(separator: ", ")) FROM unnest(\(arrays.joined(separator: ", "))) AS u(\(names.joined(separator: ", ")))"
    }

    /// The name under which the rows have a column.
    static func alias(_ index: Int) -> String { "c\(index)" }

    func encode(_ rows: ArraySlice<[SQLValue]>) throws(StorageError) -> PostgresParameters {
        var arrays: [[UInt8]] = []
        arrays.reserveCapacity(columns.count)
        for index in columns.indices { arrays.append(try array(rows, index)) }
        return PostgresParameters(binary: arrays)
    }

    /// The binary form of a one-dimensional array (`array_send` in PostgreSQL's arrayfuncs.c).
    private func array(_ rows: ArraySlice<[SQLValue]>, _ index: Int) throws(StorageError) -> [UInt8] {
        let column = columns[index]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + rows.count * 16)
        bytes.appendBigEndian(Int32(1))
        bytes.appendBigEndian(Int32(1))
        bytes.appendBigEndian(column.wire.elementType)
        bytes.appendBigEndian(Int32(clamping: rows.count))
        bytes.appendBigEndian(Int32(1))
        for row in rows { try append(row[index], column, to: &bytes) }
        return bytes
    }

    private func append(_ value: SQLValue, _ column: BulkColumn, to bytes: inout [UInt8]) throws(StorageError) {
        switch (value, column.wire) {
        case (.null, _):
            bytes.appendBigEndian(Int32(-1))
        case (.integer(let integer), .integer):
            bytes.appendBigEndian(Int32(8))
            bytes.appendBigEndian(integer)
        case (.integer(let integer), .real):
            bytes.appendBigEndian(Int32(8))
            bytes.appendBigEndian(Double(integer).bitPattern)
        case (.real(let real), .real) where !real.isNaN:
            bytes.appendBigEndian(Int32(8))
            bytes.appendBigEndian(real.bitPattern)
        case (.blob(let blob), .bytes):
            bytes.appendBigEndian(Int32(clamping: blob.count))
            bytes.append(contentsOf: blob)
        case (.text(let text), .text):
            append(text.storable, to: &bytes)
        case (.integer(let integer), .text) where column.cast != nil:
            append("\(integer)", to: &bytes)
        case (.real(let real), .text) where column.cast != nil && !real.isNaN:
            append("\(real)", to: &bytes)
        default:
            throw StorageError(.invalidValue, "\(value.typeName) does not fit column \(column.name)")
        }
    }

    private func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.appendBigEndian(Int32(clamping: text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
}

/// Cuts rows where a key repeats, because PostgreSQL refuses to update a row twice in one statement.
struct BulkRanges: Sequence, IteratorProtocol {
    /// The most rows a statement takes.
    private static let limit = 10_000

    private let rows: [[SQLValue]]
    private let keys: [Int]
    private var start = 0

    init(_ rows: [[SQLValue]], columns: [String], conflict: ConflictClause) {
        self.rows = rows
        if case .update(let on, _, _, _) = conflict {
            keys = on.compactMap { columns.firstIndex(of: $0) }
        } else {
            keys = []
        }
    }

    mutating func next() -> Range<Int>? {
        guard start < rows.count else { return nil }
        let end = Swift.min(start + Self.limit, rows.count)
        defer { start = cut ?? end }
        return start..<(cut ?? end)
    }

    private var cut: Int? {
        guard !keys.isEmpty else { return nil }
        let end = Swift.min(start + Self.limit, rows.count)
        var seen = Set<[SQLValue]>(minimumCapacity: end - start)
        return (start..<end).first { index in !seen.insert(keys.map { rows[index][$0] }).inserted }
    }
}
