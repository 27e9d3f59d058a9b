// A connection to a PostgreSQL server, on one thread.

import CPQ

/// Wraps a `PGconn *`.
final class PostgresConnection: DriverConnection {
    /// A statement that the server has parsed under a name.
    private struct Prepared {
        let name: String
        let types: [Oid]
        let isBinary: Bool
    }

    private var handle: OpaquePointer?
    private var statements = StatementCache<Prepared>(capacity: 128)
    private var translations: [String: (sql: String, count: Int)] = [:]
    private var layouts: [String: BulkLayout] = [:]
    private var lastName: UInt64 = 0

    /// Connects; blocks.
    init(parameters: [(String, String)]) throws(StorageError) {
        handle = withCStrings(parameters.map(\.0)) { keywords in
            withCStrings(parameters.map(\.1)) { values in PQconnectdbParams(keywords, values, 1) }
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            let error = StorageError.postgres(connection: handle, "connecting to PostgreSQL")
            close()
            throw error
        }
        // Notices would go to standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
    }

    deinit {
        close()
    }

    var isBroken: Bool { handle == nil || PQstatus(handle) == CONNECTION_BAD }

    var isInTransaction: Bool { PQtransactionStatus(handle) == PQTRANS_INTRANS }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws(StorageError) -> Int {
        guard !parameters.isEmpty || sql.utf8.contains(UInt8(ascii: "?")) else {
            return try checked(PQexecParams(handle, sql, 0, nil, nil, nil, nil, 0), sql).affected
        }
        return try run(sql, parameters).affected
    }

    func query(_ sql: String, _ parameters: [SQLValue], _ row: (SQLRow) throws -> Void) throws {
        let result = try run(sql, parameters)
        for index in 0..<result.rowCount { try row(SQLRow(reader: result, row: index)) }
    }

    func lookUp(
        _ columns: [String], in table: String, by key: [String], _ keys: [[SQLValue]], _ row: (SQLRow) throws -> Void
    ) throws {
        try Dialect.requireIdentifiers(columns + key + [table])
        try requireShape(of: keys, table, key)
        guard !keys.isEmpty else { return }
        let layout = try layout(table, key)
        let names = columns.map { "t.\($0)" }.joined(separator: ", ")
        let condition = key.indices.map { "t.\(key[$0]) = k.\(BulkLayout.alias($0))" }.joined(separator: " AND ")
        let sql = "SELECT \(names) FROM (\(layout.source)) AS k JOIN \(table) AS t ON \(condition)"
        let types = layout.columns.map { Optional($0.wire.arrayType) }
        let result = try send(sql, count: key.count, try layout.encode(keys[...]), types: types)
        for index in 0..<result.rowCount { try row(SQLRow(reader: result, row: index)) }
    }

    func executeScript(_ sql: String) throws(StorageError) {
        _ = try checked(PQexec(handle, sql), sql)
    }

    func insert(into table: String, columns: [String], rows: [[SQLValue]], conflict: ConflictClause) throws(StorageError) -> Int {
        let head = try Dialect.postgres.insertHead(into: table, columns: columns)
        let tail = try Dialect.postgres.conflict(conflict)
        try requireShape(of: rows, table, columns)
        guard !rows.isEmpty else { return 0 }
        let layout = try layout(table, columns)
        let sql = head + layout.source + tail
        let types = layout.columns.map { Optional($0.wire.arrayType) }
        var count = 0
        for range in BulkRanges(rows, columns: columns, conflict: conflict) {
            let encoded = try layout.encode(rows[range])
            count += try send(sql, count: columns.count, encoded, types: types).affected
        }
        return count
    }

    func close() {
        PQfinish(handle)
        handle = nil
    }

    private func run(_ sql: String, _ parameters: [SQLValue]) throws(StorageError) -> PostgresResult {
        let (text, count) = translated(sql)
        guard parameters.count == count else {
            throw StorageError(
                .syntax, "\(count) parameters are expected and \(parameters.count) given: \(StorageError.excerpt(sql))", sqlState: "08P01")
        }
        let encoded = try PostgresParameters(parameters)
        return try send(text, count: count, encoded, types: encoded.types)
    }

    private func send(
        _ sql: String, count: Int, _ parameters: PostgresParameters, types: [Oid?]
    ) throws(StorageError) -> PostgresResult {
        let statement = try prepared(sql, types: types)
        let result = parameters.withPointers { values, lengths, formats in
            PQexecPrepared(handle, statement.name, Int32(count), values, lengths, formats, statement.isBinary ? 1 : 0)
        }
        return try checked(result, sql)
    }

    /// A statement from the cache, if it was prepared for parameters of these types. NULL, whose type is nil, fits any.
    private func prepared(_ sql: String, types wanted: [Oid?]) throws(StorageError) -> Prepared {
        let cached = statements[sql]
        if let cached, zip(cached.types, wanted).allSatisfy({ $1 == nil || $0 == $1 }) { return cached }
        let types = wanted.enumerated().map { $1 ?? cached?.types[$0] ?? 0 }
        lastName += 1
        let name = "argus_\(lastName)"
        _ = try checked(PQprepare(handle, name, sql, Int32(types.count), types), sql)
        let description = try checked(PQdescribePrepared(handle, name), sql)
        let statement = Prepared(name: name, types: types, isBinary: description.hasOnlyBinaryColumns)
        if let evicted = statements.insert(statement, for: sql) {
            _ = try checked(PQexec(handle, "DEALLOCATE \(evicted.name)"), "DEALLOCATE")
        }
        return statement
    }

    private func translated(_ sql: String) -> (sql: String, count: Int) {
        if let known = translations[sql] { return known }
        if translations.count >= 512 { translations.removeAll() }
        let translation = Dialect.numbered(sql)
        translations[sql] = translation
        return translation
    }

    /// The types of the columns of a bulk insert, asked once.
    private func layout(_ table: String, _ columns: [String]) throws(StorageError) -> BulkLayout {
        let key = table + "(" + columns.joined(separator: ",")
        if let known = layouts[key] { return known }
        let sql = "SELECT \(columns.joined(separator: ", ")) FROM \(table) LIMIT 0"
        let types = try checked(PQexecParams(handle, sql, 0, nil, nil, nil, nil, 0), sql).columnTypes
        let names = "SELECT " + types.map { "format_type(\($0), NULL)" }.joined(separator: ", ")
        let described = try checked(PQexecParams(handle, names, 0, nil, nil, nil, nil, 0), names)
        var layout = BulkLayout()
        for (index, type) in types.enumerated() {
            guard case .text(let name) = try described.value(row: 0, column: index) else { continue }
            layout.append(BulkColumn(name: columns[index], type: type, typeName: name))
        }
        layouts[key] = layout
        return layout
    }

    /// The result, unless it is an error.
    private func checked(_ result: OpaquePointer?, _ sql: String) throws(StorageError) -> PostgresResult {
        let owned = PostgresResult(result)
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            return owned
        default:
            let error = StorageError.postgres(result: result, connection: handle, StorageError.excerpt(sql))
            // Another connection changed the schema under a prepared statement, or the server forgot it: start afresh.
            if error.sqlState == "0A000" || error.sqlState == "26000" || error.sqlState?.hasPrefix("42") == true {
                _ = statements.removeAll()
                layouts.removeAll()
            }
            throw error
        }
    }
}

/// Passes strings to C as an array of C strings that ends with NULL.
private func withCStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> R) -> R {
    let bytes = strings.map { Array($0.utf8CString) }
    return bytes.flatMap { $0 }.withUnsafeBufferPointer { buffer in
        var pointers: [UnsafePointer<CChar>?] = []
        var offset = 0
        for string in bytes {
            pointers.append(buffer.baseAddress.map { $0 + offset })
            offset += string.count
        }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
